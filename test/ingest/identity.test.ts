import { describe, expect, it } from 'vitest';
import { type OfferedRow, resolveIdentities } from '../../ingest/identity.ts';
import { describeRow } from '../../ingest/rows.ts';
import { identityKey, type KnownIdentity } from '../../store/events.ts';
import { rowOf, type StoredEvent } from '../helpers/storedEvents.ts';
import { storedEvent } from '../helpers/world.ts';

/** The rows have the numbers from 10 on. */
function offered(index: number, fields: Partial<StoredEvent> = {}): OfferedRow {
  const event = storedEvent({ eventId: 'e', content: 1n, receivedAtMs: 1_000, ...fields });
  return { ...rowOf({ ...event, seq: 10 + index }), index };
}

const known = (fields: Partial<KnownIdentity> = {}) =>
  new Map([[identityKey('v', 'e'), { seq: 5, receivedAtMs: 1_000, content: '1', ...fields }]]);
const resolve = (
  rows: OfferedRow[],
  before: ReadonlyMap<string, KnownIdentity> = new Map<string, KnownIdentity>(),
) => {
  const { stored, supersedes, conflicts, repeats } = resolveIdentities(rows, before);
  return {
    stored: stored.map(
      (row) => `${row.vendorId}/${row.eventId} ${row.seq}<${supersedes.get(row.seq) ?? null}`,
    ),
    conflicts: conflicts.map((c) => ('lost' in c ? c.lost.index : `stored ${c.lostSeq}`)),
    repeats,
  };
};

describe('against what is stored', () => {
  it.each([
    [
      'is unknown',
      new Map<string, KnownIdentity>(),
      {},
      { stored: ['v/e 10<null'], conflicts: [], repeats: 0 },
    ],
    [
      'is the same, received later',
      known(),
      { receivedAtMs: 1_001 },
      { stored: [], conflicts: [], repeats: 1 },
    ],
    ['is the same, received at once', known(), {}, { stored: [], conflicts: [], repeats: 1 }],
    [
      'is the same, received 1 ms earlier',
      known(),
      { receivedAtMs: 999 },
      { stored: ['v/e 10<5'], conflicts: [], repeats: 0 },
    ],
    [
      'says other things later',
      known(),
      { content: 2n, receivedAtMs: 1_001 },
      { stored: [], conflicts: [0], repeats: 0 },
    ],
    [
      'says other things at once',
      known(),
      { content: 2n },
      { stored: [], conflicts: [0], repeats: 0 },
    ],
    [
      'says other things 1 ms earlier',
      known(),
      { content: 2n, receivedAtMs: 999 },
      { stored: ['v/e 10<5'], conflicts: ['stored 5'], repeats: 0 },
    ],
    [
      'is of another vendor',
      known(),
      { vendorId: 'w' },
      { stored: ['w/e 10<null'], conflicts: [], repeats: 0 },
    ],
    [
      'has another id',
      known(),
      { eventId: 'E' },
      { stored: ['v/E 10<null'], conflicts: [], repeats: 0 },
    ],
  ])('an event that %s', (_, before, fields, want) => {
    expect(resolve([offered(0, fields)], before)).toEqual(want);
  });

  it('the identity holds no time, firm or solution: moved there, it is a conflict and not a second event (I-07)', () => {
    const moved = [{ occurredAtMs: 1 }, { smeId: '04595257' }, { solutionId: 'other' }];
    const rows = moved.map((fields, i) => offered(i, { ...fields, content: 9n }));
    expect(resolve(rows, known())).toEqual({ stored: [], conflicts: [0, 1, 2], repeats: 0 });
  });
});

describe('within one group', () => {
  it.each([
    ['the same twice', [{}, {}], { stored: ['v/e 10<null'], conflicts: [], repeats: 1 }],
    [
      'the same twenty times',
      Array.from({ length: 20 }, () => ({})),
      { stored: ['v/e 10<null'], conflicts: [], repeats: 19 },
    ],
    [
      'other content after it',
      [{}, { content: 2n }],
      { stored: ['v/e 10<null'], conflicts: [1], repeats: 0 },
    ],
    [
      'the earlier received behind',
      [{}, { receivedAtMs: 999 }],
      { stored: ['v/e 11<null'], conflicts: [], repeats: 0 },
    ],
    [
      'other content, received earlier, behind',
      [{}, { receivedAtMs: 999, content: 2n }],
      { stored: ['v/e 11<null'], conflicts: [0], repeats: 0 },
    ],
    [
      'ever earlier',
      [{}, { receivedAtMs: 999 }, { receivedAtMs: 998 }],
      { stored: ['v/e 12<null'], conflicts: [], repeats: 0 },
    ],
    [
      'a repeat of what was replaced',
      [{}, { receivedAtMs: 999 }, {}],
      { stored: ['v/e 11<null'], conflicts: [], repeats: 1 },
    ],
    [
      'two vendors',
      [{}, { vendorId: 'w' }],
      { stored: ['v/e 10<null', 'w/e 11<null'], conflicts: [], repeats: 0 },
    ],
  ])('%s', (_, fields, want) => {
    expect(resolve(fields.map((f, i) => offered(i, f)))).toEqual(want);
  });

  it('the one that finally stands takes the place of what was stored, not of what never was', () => {
    const rows = [{ receivedAtMs: 999 }, { receivedAtMs: 998 }].map((f, i) => offered(i, f));
    expect(resolve(rows, known())).toEqual({ stored: ['v/e 11<5'], conflicts: [], repeats: 0 });
  });

  it('every offered row uses up one number: none is ever given twice', () => {
    const rows = ['a', 'a', 'b', 'a', 'c'].map((eventId, i) => offered(i, { eventId }));
    expect(resolve(rows).stored).toEqual(['v/a 10<null', 'v/b 12<null', 'v/c 14<null']);
  });

  it('what was known is left as it was', () => {
    const before = known();
    resolve([offered(0, { receivedAtMs: 1 })], before);
    expect(before.get(identityKey('v', 'e'))?.seq).toBe(5);
  });
});

describe('what is offered again', () => {
  it('resolves to the same where its identities were not written, to nothing where they were', () => {
    const rows = ['a', 'b', 'a'].map((eventId, i) => offered(i, { eventId }));
    const first = resolve(rows);
    expect(resolve(rows)).toEqual(first);
    const written = new Map(
      resolveIdentities(rows, new Map()).stored.map((row) => [identityKey('v', row.eventId), row]),
    );
    expect(resolve(rows, written)).toEqual({ stored: [], conflicts: [], repeats: 1 });
  });
});

describe('the record of a conflict', () => {
  it('is the offered event with its place, persons as pseudonyms', () => {
    const item = offered(7, { content: 2n, actor: 255n, address: 1n, attributes: '{"a":"b"}' });
    const { conflicts } = resolveIdentities([item], known());
    expect(conflicts).toEqual([{ lost: item }]);
    expect(JSON.parse(describeRow(item))).toMatchObject({
      id: 'e',
      actorId: '00000000000000ff',
      ip: '0000000000000001',
      attributes: { a: 'b' },
    });
  });
});
