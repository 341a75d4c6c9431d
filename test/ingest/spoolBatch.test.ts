import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch } from '../../ingest/spoolBatch.ts';
import type { PendingBatch } from '../../ingest/writer.ts';
import { offer } from '../helpers/offers.ts';

const EDGES = ['', '\n', '\t', '\r\n', '\\', '"', '\0', '\u2028', '😀', '資料\n\t😀', '[]', 'null'];
const text = fc.oneof(fc.constantFrom(...EDGES), fc.string({ unit: 'grapheme' }));
const count = fc.nat({ max: 5_000 });
const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
const bits = (n: bigint) =>
  fc.oneof(fc.constantFrom(0n, 1n, 2n ** n - 1n), fc.bigInt({ min: 0n, max: 2n ** n - 1n }));

const batchOf = fc.record({
  batchId: text,
  vendorId: text,
  keyId: text,
  receivedAtMs: instant,
  received: count,
  accepted: count,
  rejected: count,
  simulated: fc.boolean(),
});
const rowOf = fc.record({
  solutionId: text,
  smeId: text,
  eventId: text,
  actor: bits(64n),
  actorRole: text,
  action: text,
  occurredAtMs: instant,
  source: text,
  sourceSeq: fc.option(fc.maxSafeNat()),
  sessionId: text,
  resource: text,
  address: bits(64n),
  attributes: text,
  content: bits(128n),
});
const rejectOf = fc.record({
  batchId: text,
  vendorId: text,
  index: count,
  id: fc.option(text),
  code: text,
  detail: text,
  receivedAtMs: instant,
  event: text,
});
const pendings = fc
  .record({
    batch: batchOf,
    rows: fc.array(fc.record({ index: count, row: rowOf }), { maxLength: 5 }),
    rejects: fc.array(rejectOf, { maxLength: 3 }),
  })
  .map(({ batch, rows, rejects }): PendingBatch => {
    const { vendorId, batchId, receivedAtMs } = batch;
    const common = { vendorId, batchId, receivedAtMs };
    return {
      batch: { ...batch, accepted: rows.length },
      rows: rows.map(({ index, row }) => ({ index, row: { ...row, ...common } })),
      rejects,
    };
  });

describe('a batch in the spool', () => {
  it('comes back as it was: any text, the widest numbers, nulls and refused events', () => {
    fc.assert(
      fc.property(pendings, (pending) => {
        expect(decodeBatch(encodeBatch(pending))).toEqual(pending);
      }),
    );
  });

  it('of refused events alone comes back as it was', () => {
    const pending = offer([], 3);
    expect(decodeBatch(encodeBatch(pending))).toEqual(pending);
  });

  it('that is cut inside a line is refused, wherever the cut is', () => {
    const whole = encodeBatch(offer([{ eventId: '資料' }, {}], 1));
    const lineEnds = [...whole.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at] : []));
    expect(lineEnds).toHaveLength(2);
    for (let length = 0; length < whole.length; length += 1) {
      if (lineEnds.includes(length)) continue;
      expect(() => decodeBatch(whole.subarray(0, length)), `${length} bytes`).toThrow();
    }
  });
});

describe('what is not a batch', () => {
  const [head = '', line = ''] = encodeBatch(offer([{}], 1))
    .toString('utf8')
    .split('\n');
  const withHead = (change: (members: Record<string, Record<string, unknown>>) => void) => {
    const members = JSON.parse(head);
    change(members);
    return `${JSON.stringify(members)}\n${line}`;
  };
  const withCell = (at: number, value: unknown) =>
    `${head}\n${JSON.stringify(JSON.parse(line).with(at, value))}`;

  it('begins with one that is', () => {
    expect(decodeBatch(Buffer.from(`${head}\n${line}`)).rows).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'batch'],
    ['another document', '{}'],
    ['a line too many', `${head}\n${line}\n`],
    ['a row for the head', `${line}\n${line}`],
    ['a batch without its vendor', withHead((h) => delete h['batch']?.['vendorId'])],
    ['a batch with an unknown member', withHead((h) => Object.assign(h['batch'] ?? {}, { x: 1 }))],
    ['a head with an unknown member', withHead((h) => Object.assign(h, { x: 1 }))],
    ['a head without its rejects', withHead((h) => delete h['rejects'])],
    [
      'a time that is no whole number',
      withHead((h) => Object.assign(h['batch'] ?? {}, { receivedAtMs: 1.5 })),
    ],
    [
      'a number of events below zero',
      withHead((h) => Object.assign(h['batch'] ?? {}, { accepted: -1 })),
    ],
    ['a cell too few', `${head}\n${JSON.stringify(JSON.parse(line).slice(0, -1))}`],
    ['a cell too many', `${head}\n${JSON.stringify([...JSON.parse(line), 1])}`],
    ['a place below zero', withCell(0, -1)],
    ['a text that is none', withCell(1, 7)],
    ['an actor that is no number', withCell(4, '-1')],
    ['an actor wider than 128 bits', withCell(4, 'f'.repeat(33))],
    ['an actor in capitals', withCell(4, 'FF')],
    ['an empty content', withCell(14, '')],
    ['a sequence below zero', withCell(9, -1)],
  ])('is refused: %s', (_name, payload) => {
    expect(() => decodeBatch(Buffer.from(payload))).toThrow();
  });
});
