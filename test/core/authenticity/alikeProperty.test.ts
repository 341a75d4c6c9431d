import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { likeFirms } from '../../../core/authenticity/alike.ts';
import type { FirmCells } from '../../../core/authenticity/rhythms.ts';
import { ALL, ended, MONDAY, rhythmsOf, WEEKS_BACK } from './alikeInput.ts';

/** Cells of ten minutes: one, and gaps behind it. */
const stream = fc
  .record({
    from: fc.integer({ min: 0, max: 7 * 1_008 }),
    gaps: fc.array(fc.constantFrom(1, 2, 3, 5, 40), { maxLength: 12 }),
  })
  .map(({ from, gaps }) => {
    const cells = [MONDAY + from];
    for (const gap of gaps) cells.push((cells.at(-1) ?? 0) + gap);
    return cells;
  });
/** Some firms, few of whose rhythms are their own; many may have one stream, moved. */
const vendor = fc
  .record({
    common: stream,
    firms: fc.array(
      fc.record({
        streams: fc.array(stream, { maxLength: 3 }),
        moved: fc.option(fc.constantFrom(0, 1, 2, 5, 6, 7, 200)),
      }),
      { minLength: 2, maxLength: 20 },
    ),
  })
  .map(({ common, firms }) =>
    firms.map(({ streams, moved }, i) => {
      const own = moved === null ? [] : common.map((cell) => cell + moved);
      return {
        smeId: String(10_000_000 + i),
        cells: Int32Array.from(new Set([...streams.flat(), ...own])).sort(),
      };
    }),
  );

/** Of so many rhythms in a week one in this many is asked for; here all are looked at. */
function partOf(rhythms: number): number {
  return rhythms < 72 ? 1 : 2 * partOf(rhythms / 2);
}

/** The same in plain code: every firm with every other, every rhythm by itself. */
function recompared(firms: readonly FirmCells[]): string[] {
  const all = firms.map((firm) => ({ firm, rhythms: rhythmsOf(firm) }));
  /** Its first in the week. */
  const endIn = (of: (typeof all)[number], kind: number, week: number) =>
    of.rhythms.find((r) => r.rhythm === kind && r.week === week)?.end;
  const known = new Map<string, typeof all>();
  const having = (kind: number, week: number) => {
    const key = `${kind} ${week}`;
    const having = known.get(key) ?? all.filter((of) => endIn(of, kind, week) !== undefined);
    known.set(key, having);
    return having;
  };
  /** What is alike with each firm: rhythms that few have, and moves of those that many have. */
  const meet = (of: (typeof all)[number], week: number) => {
    const met = all.map(({ firm }) => ({ firm, few: new Set<number>(), moves: [] as number[] }));
    for (const kind of new Set(of.rhythms.filter((r) => r.week === week).map((r) => r.rhythm))) {
      const isManys = having(kind, week).length > 12;
      for (let w = isManys ? week : week - WEEKS_BACK; w <= week; w += 1) {
        const isOfMany = having(kind, w).length > 12;
        for (const other of having(kind, w).slice(0, isOfMany ? 3 : 12)) {
          const beside = met[all.indexOf(other)];
          const moved = (endIn(of, kind, week) ?? 0) - (endIn(other, kind, w) ?? 0);
          if (isManys || isOfMany) beside?.moves.push(Math.floor(moved / 3));
          else beside?.few.add(kind);
        }
      }
    }
    return met.filter((m) => m.firm !== of.firm);
  };
  const most = (moves: readonly number[]) =>
    Math.max(0, ...moves.map((m) => moves.filter((n) => n === m || n === m + 1).length));
  return all.flatMap((of) =>
    [...new Set(of.rhythms.map((r) => r.week))].flatMap((week) => {
      const count = of.rhythms.filter((r) => r.week === week).length;
      const needed = Math.max(2, Math.floor((count / partOf(count)) * 0.25));
      return meet(of, week)
        .map(({ firm, few, moves }) => ({ smeId: firm.smeId, alike: few.size + most(moves) }))
        .filter(({ alike }) => alike >= needed)
        .sort((a, b) => b.alike - a.alike || (a.smeId < b.smeId ? -1 : 1))
        .slice(0, 3)
        .map((other) => `${of.firm.smeId} ${week} ${other.smeId}`);
    }),
  );
}

describe('firms of a like rhythm', () => {
  it('are those of a comparison of every firm with every other (I-147)', () => {
    let found = 0;
    fc.assert(
      fc.property(vendor, (firms) => {
        const pairs = ended(likeFirms(firms, ALL, WEEKS_BACK));
        found += pairs.length;
        const said = pairs.map((p) => `${p.smeId} ${p.week} ${p.otherSmeId}`);
        expect(said.sort()).toEqual(recompared(firms).sort());
      }),
      { numRuns: 60 },
    );
    expect(found).toBeGreaterThan(30);
  });
});
