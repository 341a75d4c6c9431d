import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpoolRecord } from '../../ingest/spool/position.ts';
import {
  decodeBatch,
  encodeBatch,
  linesOf,
  type PendingBatch,
  receivedAtOf,
  rowsOf,
} from '../../ingest/spoolBatch.ts';
import { rejectTail } from '../../store/rejects.ts';
import { rowTail } from '../../store/stagedRow.ts';
import { offer } from '../helpers/offers.ts';
import { rejectLines, rejectsIn } from '../helpers/rejects.ts';
import { offeredOf, tailsOf } from '../helpers/storedEvents.ts';

const EDGES = ['', '\n', '\t', '\r\n', '\\', '\\N', '"', '\0', '\u2028', '😀', '資料\n\t😀', '[]'];
const text = fc.oneof(fc.constantFrom(...EDGES), fc.string({ unit: 'grapheme' }));
const line = text.map((t) => t.replaceAll(/[\n]/g, ' '));
const count = fc.nat({ max: 5_000 });
const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });

/** What is accepted and what is refused, by place. */
const places = fc.array(
  fc.oneof(
    fc.record({ eventId: text, text: line }),
    fc.record({ id: fc.option(text), code: text, detail: text, event: text }),
  ),
  { maxLength: 8 },
);
const batchOf = fc.record({
  batchId: text,
  vendorId: text,
  keyId: text,
  receivedAtMs: instant,
  simulated: fc.boolean(),
});
const pendings = fc.tuple(batchOf, places).map(([batch, items]): PendingBatch => {
  const rows = items.flatMap((item) => ('text' in item ? [item] : []));
  const rejects = items.flatMap((item, index) =>
    'text' in item ? [] : [rejectTail({ ...item, index })],
  );
  const [accepted, rejected] = [rows.length, rejects.length];
  return {
    batch: { ...batch, received: items.length, accepted, rejected },
    rows: tailsOf(rows.map(rowTail)),
    rejects: tailsOf(rejects),
  };
});

function recordOf(payload: Buffer, firstSeq: number, rows: number): SpoolRecord {
  const start = { segment: 1, offset: 64 };
  return { payload, firstSeq, rows, start, end: start };
}
const refusedIn = (pending: PendingBatch) => rejectLines(rejectsIn(pending));
const decoded = (payload: Buffer, rows: number) => decodeBatch(recordOf(payload, 10, rows));

describe('a batch in the spool', () => {
  it('comes back as it was, numbered, each event at its place: any text, the widest numbers, refused events', () => {
    fc.assert(
      fc.property(pendings, count, (pending, firstSeq) => {
        const record = recordOf(encodeBatch(pending, firstSeq), firstSeq, pending.rows.length);
        const { batch, rejects, ...spooled } = decodeBatch(record);
        expect(batch).toEqual(pending.batch);
        expect(rejects).toEqual(refusedIn(pending));
        const offered = offeredOf(pending, firstSeq);
        const contents = new Map(offered.map(({ seq, content }) => [seq, content]));
        const all = { batch, rejects, ...spooled };
        expect(rowsOf(all, contents)).toEqual(offered);
        expect(linesOf(all)).toHaveLength(offered.length);
        const last = offered.slice(-1);
        expect(rowsOf(all, new Map(last.map(({ seq, content }) => [seq, content])))).toEqual(last);
        expect(receivedAtOf(record)).toBe(pending.batch.receivedAtMs);
      }),
    );
  });

  it('of refused events alone comes back as it was', () => {
    const pending = offer([], 3);
    const { batch, rejects, rows } = decoded(encodeBatch(pending, 10), 0);
    expect(batch).toEqual(pending.batch);
    expect(rejects).toEqual(refusedIn(pending));
    expect(rows).toHaveLength(0);
  });

  it('that is cut is refused, wherever the cut is', () => {
    const whole = encodeBatch(offer([{ eventId: '資料' }, {}], 1), 10);
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decoded(whole.subarray(0, length), 2), `${length} bytes`).toThrow();
    }
  });
});

it('that an earlier version wrote still says when it was received, and is no batch', () => {
  const pending = offer([{}]);
  const head = JSON.stringify({ version: 2, batch: pending.batch, rejects: [] });
  const record = recordOf(Buffer.from(`${head}\n10\tv\n`), 10, 1);
  expect(receivedAtOf(record)).toBe(pending.batch.receivedAtMs);
  expect(() => decodeBatch(record)).toThrow('version');
});

describe('what is not a batch', () => {
  const [head = '', refused = '', line = ''] = encodeBatch(offer([{}], 1), 10)
    .toString('utf8')
    .split('\n');
  const withHead = (change: (members: Record<string, Record<string, unknown>>) => void) => {
    const members = JSON.parse(head);
    change(members);
    return `${JSON.stringify(members)}\n${refused}\n${line}\n`;
  };
  const cells = line.split('\t');
  const withCell = (at: number, value: string) =>
    `${head}\n${refused}\n${cells.with(at, value).join('\t')}\n`;
  const readRows = (payload: string) =>
    rowsOf(decoded(Buffer.from(payload), 1), new Map([[10, '1']]));

  it('begins with one that is', () => {
    expect(readRows(`${head}\n${refused}\n${line}\n`)).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'batch'],
    ['another document', '{}'],
    ['a line too many', `${head}\n${refused}\n${line}\n\n`],
    ['a line without its end', `${head}\n${refused}\n${line}`],
    ['a row for the head', `${line}\n${refused}\n${line}\n`],
    ['another version', withHead((h) => Object.assign(h, { version: 2 }))],
    ['a batch without its vendor', withHead((h) => delete h['batch']?.['vendorId'])],
    ['a batch with an unknown member', withHead((h) => Object.assign(h['batch'] ?? {}, { x: 1 }))],
    ['a head with an unknown member', withHead((h) => Object.assign(h, { x: 1 }))],
    ['a refused event too few', `${head}\n${line}\n`],
    ['a refused event too many', `${head}\n${refused}\n${refused}\n${line}\n`],
    [
      'a time that is no whole number',
      withHead((h) => Object.assign(h['batch'] ?? {}, { receivedAtMs: 1.5 })),
    ],
    [
      'a number of events below zero',
      withHead((h) => Object.assign(h['batch'] ?? {}, { accepted: -1 })),
    ],
  ])('is refused: %s', (_name, payload) => {
    expect(() => decoded(Buffer.from(payload), 1)).toThrow();
  });

  it.each([
    ['a row without its text', `${head}\n${refused}\n${cells.slice(0, 5).join('\t')}\n`],
    ['a number alone', `${head}\n${refused}\n${cells[0]}\n`],
    ['the number of another', withCell(0, '11')],
    ['an id that is none', withCell(4, '\\N')],
  ])('is no row: %s', (_name, payload) => {
    expect(() => readRows(payload)).toThrow(RangeError);
  });

  it.each([0, 2])('is refused: numbers of the spool for %d events instead of one', (rows) => {
    expect(() => decoded(Buffer.from(`${head}\n${refused}\n${line}\n`), rows)).toThrow(RangeError);
  });
});
