import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FirmCells, likeFirms } from '../../../core/authenticity/alike.ts';
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
/** Some firms, few of whose rhythms are their own. */
const vendor = fc
  .array(fc.array(stream, { maxLength: 3 }), { minLength: 2, maxLength: 16 })
  .map((firms) =>
    firms.map((streams, i) => ({
      smeId: String(10_000_000 + i),
      cells: Int32Array.from(new Set(streams.flat())).sort(),
    })),
  );

/** Of so many rhythms in a week one in this many is asked for; here all are looked at. */
function partOf(rhythms: number): number {
  return rhythms < 72 ? 1 : 2 * partOf(rhythms / 2);
}

/** The same in plain code: every firm with every other, every rhythm by itself. */
function recompared(firms: readonly FirmCells[]): string[] {
  const all = firms.map((firm) => ({ firm, rhythms: rhythmsOf(firm) }));
  const isFew = (rhythm: number, week: number) =>
    all.filter((a) => a.rhythms.some((r) => r.rhythm === rhythm && r.week === week)).length <= 12;
  return all.flatMap(({ firm, rhythms }) =>
    [...new Set(rhythms.map((r) => r.week))].flatMap((week) => {
      const mine = rhythms.filter((r) => r.week === week);
      const kinds = [...new Set(mine.map((r) => r.rhythm))].filter((r) => isFew(r, week));
      const needed = Math.max(2, Math.floor((mine.length / partOf(mine.length)) * 0.25));
      return all
        .filter((other) => other.firm !== firm)
        .map((other) => ({
          smeId: other.firm.smeId,
          alike: kinds.filter((kind) =>
            other.rhythms.some(
              (r) =>
                r.rhythm === kind &&
                r.week <= week &&
                r.week >= week - WEEKS_BACK &&
                isFew(kind, r.week),
            ),
          ).length,
        }))
        .filter(({ alike }) => alike >= needed)
        .sort((a, b) => b.alike - a.alike || (a.smeId < b.smeId ? -1 : 1))
        .slice(0, 3)
        .map((other) => `${firm.smeId} ${week} ${other.smeId}`);
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
