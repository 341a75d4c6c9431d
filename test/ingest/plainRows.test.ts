import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registryEntrySchema } from '../../core/entries.ts';
import {
  ACTION_CHARS_MAX,
  EVENT_BYTES_MAX,
  ID_CHARS_MAX,
  TEXT_CHARS_MAX,
} from '../../core/limits.ts';
import { Judge } from '../../ingest/accept.ts';
import { PlainEvent } from '../../ingest/decode/plainEvent.ts';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';
import { readBatch } from '../../ingest/readBatch.ts';
import { describeRefused, toRow } from '../../ingest/rows.ts';
import { Slices } from '../../ingest/slices.ts';
import { rowTail } from '../../store/stagedRow.ts';
import { refusedIn } from '../helpers/rejects.ts';
import { rowsIn } from '../helpers/storedEvents.ts';
import { registryOf, solutionEntries } from '../helpers/world.ts';

const FIRM = registryEntrySchema.parse({ kind: 'sme', id: '12345675', body: { name: 'F' } });
const CONTEXT = {
  vendorId: 'v-plain',
  receivedAtMs: Date.UTC(2023, 3, 15, 12),
  registry: registryOf([...solutionEntries('plain'), FIRM]),
};
const PSEUDONYMS = new Pseudonyms(Buffer.alloc(32, 7));

/** Each field as JSON. */
const EVENT: Readonly<Record<string, string>> = {
  id: '"e"',
  solutionId: '"s-plain"',
  smeId: '"12345675"',
  actorId: '"amy@example.com"',
  action: '"login"',
  occurredAt: '"2023-04-15T09:30:00.123+08:00"',
};

function json(fields: Readonly<Record<string, string>>): string {
  return `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
    .join(',')}}`;
}

function isPlain(text: string): boolean {
  const event = new PlainEvent(Buffer.from(text));
  const bytes = Buffer.byteLength(text);
  return event.read(0, bytes) && event.endExclusive === bytes;
}

/** What is read of events, each given as JSON, in a body of that type. */
async function read(contentType: string, events: readonly string[]) {
  const isArray = contentType === 'application/json';
  const body = Buffer.from(isArray ? `[${events.join(',')}]` : events.join('\n'));
  const framing = { format: 'events', contentType, cloudEvent: null } as const;
  const { rows, rejects } = await readBatch(body, framing, CONTEXT, PSEUDONYMS, new Slices());
  return { rows: rowsIn(rows).map(rowTail), refused: refusedIn(rejects) };
}

/** The same by parsing each. */
function parsed(events: readonly string[]) {
  const judge = new Judge(CONTEXT);
  const judged = events.map((text, index) => judge.judge(index, JSON.parse(text)));
  return {
    rows: judged.flatMap((one) =>
      'event' in one ? [toRow(one.event, CONTEXT.vendorId, PSEUDONYMS)] : [],
    ),
    refused: judged.flatMap((one) => {
      if ('event' in one) return [];
      const { index, id, fault, value } = one;
      return [{ index, id, ...fault, event: describeRefused(value, CONTEXT.vendorId, PSEUDONYMS) }];
    }),
  };
}

describe('an event as it is sent by most', () => {
  it.each<[string, string]>([
    ['with what it must have', json(EVENT)],
    [
      'with every text and number',
      json({
        ...EVENT,
        actorRole: '"owner"',
        source: '"pos"',
        seq: '0',
        sessionId: '"x"',
        resource: '"/訂單/1"',
        ip: '"203.0.113.9"',
      }),
    ],
    ['with white space', `{ "id" :\t"e" ,\r\n"seq": 7 }`],
    ['that lacks a field', '{"id":"e"}'],
    ['with texts as long as may be', json({ ...EVENT, id: `"${'i'.repeat(ID_CHARS_MAX)}"` })],
  ])('is plain: %s', (_, text) => {
    expect(isPlain(text)).toBe(true);
  });

  it.each<[string, string]>([
    ['an empty object', '{}'],
    ['no object', '[]'],
    ['a field twice', '{"id":"e","id":"e"}'],
    ['an unknown field', json({ ...EVENT, iD: '"e"' })],
    ['a name with an escape', '{"\\u0069d":"e"}'],
    ['a text with an escape', json({ ...EVENT, resource: '"a\\nb"' })],
    ['a text with a control character', json({ ...EVENT, resource: '"a\nb"' })],
    ['attributes', json({ ...EVENT, attributes: '{}' })],
    ['a null', json({ ...EVENT, source: 'null' })],
    ['an empty text', json({ ...EVENT, source: '""' })],
    ['a number for a text', json({ ...EVENT, source: '1' })],
    ['a text for a number', json({ ...EVENT, seq: '"1"' })],
    ['a negative number', json({ ...EVENT, seq: '-1' })],
    ['a fraction', json({ ...EVENT, seq: '1.0' })],
    ['an exponent', json({ ...EVENT, seq: '1e3' })],
    ['a leading zero', json({ ...EVENT, seq: '01' })],
    ['more digits than are exact', json({ ...EVENT, seq: '1234567890123456' })],
    ['an id too long', json({ ...EVENT, id: `"${'i'.repeat(ID_CHARS_MAX + 1)}"` })],
    ['an action too long', json({ ...EVENT, action: `"${'a'.repeat(ACTION_CHARS_MAX + 1)}"` })],
    ['a text too long', json({ ...EVENT, source: `"${'a'.repeat(TEXT_CHARS_MAX + 1)}"` })],
    [
      'more white space than an event is large',
      `${json(EVENT)} `.replace('{', `{${' '.repeat(EVENT_BYTES_MAX)}`),
    ],
    ['a comma at its end', '{"id":"e",}'],
    ['no comma', '{"id":"e" "seq":1}'],
    ['no colon', '{"id" "e"}'],
  ])('is not plain: %s', (_, text) => {
    expect(isPlain(text)).toBe(false);
  });

  it('is not plain wherever it is cut', () => {
    const text = json({ ...EVENT, seq: '12' });
    const whole = Buffer.from(text);
    for (let length = 0; length < text.length; length += 1) {
      const cut = whole.subarray(0, length);
      expect(new PlainEvent(cut).read(0, length), `${length}`).toBe(false);
      expect(new PlainEvent(whole).read(0, length), `${length} of it`).toBe(false);
    }
  });
});

const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map((s) => JSON.stringify(s)),
  },
  { weight: 2, arbitrary: fc.stringMatching(/^[ -~]{1,8}$/).map((s) => JSON.stringify(s)) },
  fc.constantFrom('null', '0', '7', '-1', '1.5', '1e1', 'true', '{}', '[]', '"\\u0061"'),
  fc.constantFrom(
    `"${'x'.repeat(ID_CHARS_MAX)}"`,
    `"${'x'.repeat(ID_CHARS_MAX + 1)}"`,
    `"${'資'.repeat(ID_CHARS_MAX)}"`,
    `"${'x'.repeat(TEXT_CHARS_MAX + 1)}"`,
    `"${'x'.repeat(ACTION_CHARS_MAX + 1)}"`,
    '"2023-04-15T12:00:00Z"',
    '"2023-04-15T12:05:00.001Z"',
    '"2023-04-15t08:00:00.1239z"',
    '"2023-02-29T12:00:00Z"',
    '"2014-12-31T15:59:59.999Z"',
    '"12345675"',
    '"87654321"',
    '"system"',
    '"boss"',
    '"203.0.113.9"',
    '"2001:db8::1"',
    '"999.1.1.1"',
    '9007199254740991',
  ),
);
const NAMES = [
  ...Object.keys(EVENT),
  'actorRole',
  'source',
  'seq',
  'sessionId',
  'resource',
  'ip',
  'attributes',
  '__proto__',
  'extra',
];
const space = fc.constantFrom('', '', '', ' ', '\t', '\r');
/** Ordinary events in which some members are others, are absent, come twice or stand elsewhere. */
const event = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 3 }),
    fc.subarray(Object.keys(EVENT), { minLength: 5 }),
    fc.infiniteStream(space),
    fc.nat(),
  )
  .map(([changes, kept, spaces, turn]) => {
    const s = () => spaces.next().value;
    const members = [...kept.map((name) => [name, EVENT[name] ?? ''] as const), ...changes];
    const at = turn % members.length;
    const turned = [...members.slice(at), ...members.slice(0, at)];
    const texts = turned.map(([name, text]) => `${s()}"${name}"${s()}:${s()}${text}${s()}`);
    return `{${texts.join(',')}}`;
  });

describe('an event read from its bytes', () => {
  it.each(['application/json', 'application/x-ndjson'])(
    'is accepted or refused as the same event parsed, and its row is the same: %s (I-95)',
    async (contentType) => {
      let accepted = 0;
      let plain = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 8 }), async (events) => {
          const batch = await read(contentType, events);
          expect(batch).toEqual(parsed(events));
          accepted += batch.rows.length;
          plain += events.filter(isPlain).length;
        }),
        { numRuns: 400 },
      );
      expect(accepted).toBeGreaterThan(100);
      expect(plain).toBeGreaterThan(100);
    },
  );

  it('has the row that it has when parsed, field by field', async () => {
    const text = json({
      ...EVENT,
      actorRole: '"owner"',
      source: '"pos 1"',
      seq: '42',
      sessionId: '"\u007f"',
      resource: '"/訂單/1"',
      ip: '"2001:db8::1"',
    });
    expect(isPlain(text)).toBe(true);
    const { rows } = await read('application/json', [text, text]);
    const [row] = parsed([text]).rows;
    expect(rows).toEqual([row, row]);
    expect(row).toBe(
      `e\ts-plain\t12345675\t${PSEUDONYMS.actor(CONTEXT.vendorId, 'amy@example.com')}\towner\tlogin\t1681522200.123\tpos 1\t42\t\u007f\t/訂單/1\t\t${PSEUDONYMS.address(CONTEXT.vendorId, '2001:db8::1')}`,
    );
  });
});
