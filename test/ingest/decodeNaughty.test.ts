import { stringify } from 'csv-stringify/sync';
import { describe, expect, it } from 'vitest';
import { Registry } from '../../core/entries.ts';
import { ID_CHARS_MAX, TEXT_CHARS_MAX } from '../../core/limits.ts';
import { civilDate } from '../../core/time.ts';
import { acceptEvents, decodeBody } from '../helpers/decode.ts';
import { NAUGHTY } from '../helpers/naughty.ts';

const registry = new Registry();
registry.apply({ kind: 'vendor', id: 'v', body: { name: '甲', taxId: '12345675' } });
registry.apply({ kind: 'sme', id: '12345675', body: { name: '店' } });
registry.apply({
  kind: 'solution',
  id: 's',
  body: {
    vendorId: 'v',
    name: '方案',
    usagePlan: '',
    effectiveFrom: civilDate('2020-01-01'),
    interactions: [],
    normalFlow: { allOf: [{ metric: 'logins', per: 'month', atLeast: 1 }] },
  },
});
const context = { vendorId: 'v', receivedAtMs: Date.UTC(2023, 0, 12), registry };

interface Sent {
  readonly id: string;
  readonly actorId: string;
  readonly note: string;
}
const REST = { solutionId: 's', smeId: '12345675', action: 'login' };
const occurredAt = '2023-01-11T09:00:00+08:00';
const asJson = ({ note, ...event }: Sent) => ({
  ...event,
  ...REST,
  occurredAt,
  attributes: { note },
});
const csvRow = ({ note, ...event }: Sent) => ({
  ...event,
  ...REST,
  occurredAt,
  'attributes.note': note,
});

const FORMATS: readonly [string, (events: readonly Sent[]) => string][] = [
  ['application/json', (events) => JSON.stringify(events.map(asJson))],
  ['application/x-ndjson', (events) => events.map((e) => JSON.stringify(asJson(e))).join('\n')],
  ['text/csv', (events) => stringify(events.map(csvRow), { header: true, quoted: true })],
];

/** What each of these events came to: what was kept of it, or why it was refused. */
function answers(
  type: string,
  events: readonly Sent[],
  encode: (events: readonly Sent[]) => string,
) {
  const { accepted, rejected } = acceptEvents(
    decodeBody(type, Buffer.from(encode(events))),
    context,
  );
  const kept = accepted.map(({ index, event: { id, actorId, attributes } }) => {
    return [index, { id, actorId, note: attributes?.['note'] ?? '' }] as const;
  });
  const refused = rejected.map(({ index, fault }) => [index, fault.code] as const);
  return [...kept, ...refused].sort(([a], [b]) => a - b).map(([, answer]) => answer);
}

describe.each(FORMATS)('every naughty string in %s', (type, encode) => {
  const plain = NAUGHTY.map((_, i) => ({ id: `e${i}`, actorId: 'amy', note: 'n' }));
  const isCsv = type === 'text/csv';

  it.each(['id', 'actorId'] as const)('as %s is kept as sent, or refused for its size', (field) => {
    const events = plain.map((event, i) => ({ ...event, [field]: NAUGHTY[i] ?? '' }));
    const expected = events.map((event) => {
      if (event[field] === '') return isCsv ? 'missing_field' : 'invalid_field';
      return [...event[field]].length > ID_CHARS_MAX ? 'invalid_field' : event;
    });
    expect(answers(type, events, encode)).toEqual(expected);
  });

  it('as the text of an attribute is kept as sent, or refused for its size', () => {
    const events = plain.map((event, i) => ({ ...event, note: NAUGHTY[i] ?? '' }));
    const expected = events.map((event) =>
      [...event.note].length > TEXT_CHARS_MAX ? 'invalid_field' : event,
    );
    expect(answers(type, events, encode)).toEqual(expected);
  });
});
