import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FirmCells,
  likeFirms,
  RHYTHM_FACTOR,
  RHYTHMS,
  type Steps,
} from '../../../core/authenticity/alike.ts';

/** All of them are looked at. */
const ALL = new Uint16Array(RHYTHMS);
/** The first cell of a week of 2023, Monday 00:00 in Taipei. */
const MONDAY = 528 + 1_008 * 2_780;
const WEEKS_BACK = 5;

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

function rhythmsOf({ cells }: FirmCells): { rhythm: number; week: number }[] {
  const found: { rhythm: number; week: number }[] = [];
  const add = (x: number, y: number, z: number) => {
    if (z - x < 6 || z - x > 1_008) return;
    found.push({ rhythm: (y - x) * RHYTHM_FACTOR + z - y, week: Math.floor((z - 528) / 1_008) });
  };
  const at = (i: number) => cells[i] ?? Number.NaN;
  for (let i = 0; i < cells.length; i += 1) {
    if (i + 2 < cells.length) add(at(i), at(i + 1), at(i + 2));
    if (i + 3 < cells.length) add(at(i), at(i + 1), at(i + 3));
    if (i + 3 < cells.length) add(at(i), at(i + 2), at(i + 3));
  }
  return found;
}

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

function ended<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function stepsOf<T>(steps: Steps<T>): number {
  let count = 0;
  while (steps.next().done !== true) count += 1;
  return count;
}

const firm = (number: number, ...cells: readonly number[]): FirmCells => ({
  smeId: String(10_000_000 + number),
  cells: Int32Array.from(cells, (cell) => MONDAY + cell),
});
/** Cells from one on, with such gaps behind each other. */
const cellsOf = (from: number, gaps: readonly number[]) =>
  [0, ...gaps].map((_, i) => gaps.slice(0, i).reduce((a, b) => a + b, from));
/** Each as firm, week from the first on, other firm. */
const found = (firms: readonly FirmCells[], thinning = ALL, weeksBack = WEEKS_BACK) =>
  ended(likeFirms(firms, thinning, weeksBack))
    .map(
      ({ smeId, week, otherSmeId }) =>
        `${Number(smeId) - 10_000_000} ${week - 2_780} ${Number(otherSmeId) - 10_000_000}`,
    )
    .sort();

const WEEK = 1_008;
/** Four cells make three rhythms. */
const GAPS = [9, 14, 25];
const rhythm = (number: number, from: number, gaps: readonly number[] = GAPS) =>
  firm(number, ...cellsOf(from, gaps));

describe('two firms are worth comparing', () => {
  it('with two rhythms alike in one week, and not with one', () => {
    expect(found([rhythm(1, 100), rhythm(2, 300)])).toEqual(['1 0 2', '2 0 1']);
    expect(found([rhythm(1, 100, [9, 14]), rhythm(2, 300)])).toEqual([]);
    expect(found([rhythm(1, 100, [9, 14, 26]), rhythm(2, 300)])).toEqual([]);
  });

  it('with rhythms that skip one ten minutes of either', () => {
    const gaps = [9, 14, 25, 31];
    const beside = (...more: readonly number[]) =>
      firm(2, ...[...cellsOf(300, gaps), ...more].sort((a, b) => a - b));
    expect(found([rhythm(1, 100, gaps), beside(310)])).toEqual(['1 0 2', '2 0 1']);
    expect(found([rhythm(1, 100, gaps), beside(310, 311)])).toEqual([]);
  });

  it('with rhythms of an hour to a week', () => {
    const pair = (...gaps: readonly number[]) => [rhythm(1, 0, gaps), rhythm(2, 7, gaps)];
    // One of three cells and two of four; and the first of them alone is long enough.
    expect(found(pair(1, 4, 1))).toEqual(['1 0 2', '2 0 1']);
    expect(found(pair(1, 3, 1))).toEqual([]);
    expect(found(pair(400, 600, 8))).toEqual(['1 1 2', '2 1 1']);
    expect(found(pair(400, 600, 9))).toEqual([]);
  });

  it('in the week in which the rhythm ends, and one of before', () => {
    expect(found([rhythm(1, WEEK - 49), rhythm(2, 0)])).toEqual(['1 0 2', '2 0 1']);
    expect(found([rhythm(1, WEEK - 48), rhythm(2, 0)])).toEqual(['1 1 2']);
    expect(found([rhythm(1, WEEK), rhythm(2, 0)])).toEqual(['1 1 2']);
    expect(found([rhythm(1, 0), rhythm(2, WEEK)])).toEqual(['2 1 1']);
    expect(found([rhythm(1, 5 * WEEK), rhythm(2, 0)])).toEqual(['1 5 2']);
    expect(found([rhythm(1, 6 * WEEK), rhythm(2, 0)])).toEqual([]);
    expect(found([rhythm(1, 6 * WEEK), rhythm(2, 0)], ALL, 6)).toEqual(['1 6 2']);
  });

  it('where no firm has use, or one alone, are none', () => {
    expect(found([])).toEqual([]);
    expect(found([firm(1), firm(2)])).toEqual([]);
    expect(found([firm(1), rhythm(2, 0)])).toEqual([]);
    expect(found([rhythm(1, 0), firm(2), rhythm(3, 0)])).toEqual(['1 0 3', '3 0 1']);
  });

  it('with no rhythm that more than twelve have in a week', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => rhythm(i + 1, 5 * i));
    expect(found(many(12)).length).toBe(36);
    expect(found(many(13))).toEqual([]);
    // What is left is that of another week.
    expect(found([...many(13), rhythm(14, WEEK), rhythm(15, WEEK)])).toEqual([
      '14 1 15',
      '15 1 14',
    ]);
  });

  it('three of each at most: those most alike, and of equal ones the first', () => {
    const gaps = [9, 14, 25, 31, 44, 52];
    const like = (number: number, count: number) => rhythm(number, 20, gaps.slice(0, count));
    const of = (firms: readonly FirmCells[]) => found(firms).filter((f) => f.startsWith('1 '));
    expect(of([like(1, 6), like(2, 3), like(3, 4), like(4, 5), like(5, 6)])).toEqual([
      '1 0 3',
      '1 0 4',
      '1 0 5',
    ]);
    expect(of([like(1, 6), like(2, 3), like(3, 3), like(4, 3), like(5, 3)])).toEqual([
      '1 0 2',
      '1 0 3',
      '1 0 4',
    ]);
  });
});

describe('of dense use', () => {
  /** Gaps that give so many rhythms: three a cell but for the ends, and none of less than an hour. */
  const dense = (cells: number, short: number) =>
    Array.from({ length: cells - 1 }, (_, i) => {
      const place = Math.floor(i / 6);
      if (place >= short || i % 6 > 1) return 3 + ((i * 7) % 17);
      return 2 + (i % 6);
    });
  const pair = (gaps: readonly number[]) => [rhythm(1, 0, gaps), rhythm(2, 1, gaps)];
  const thinned = (number: number) => new Uint16Array(RHYTHMS).fill(number);
  const both = ['1 0 2', '2 0 1'];

  it.each([
    [27, 2, 71, 1, both],
    [27, 1, 72, 1, []],
    [27, 1, 72, 2, both],
    [51, 2, 143, 2, both],
    [51, 1, 144, 2, []],
    [51, 1, 144, 4, both],
  ])(
    '%d cells, %d of them short, have %d rhythms: those of number %d',
    (cells, short, rhythms, number, said) => {
      const firms = pair(dense(cells, short));
      expect(firms.map((f) => rhythmsOf(f).length)).toEqual([rhythms, rhythms]);
      expect(found(firms, thinned(number))).toEqual(said);
    },
  );

  it('a quarter of the rhythms that are looked at must be alike', () => {
    // Of 22 cells 58 rhythms: 14 of them, and the first seven cells have 13.
    const gaps = dense(22, 0);
    const like = (cells: number) =>
      found([rhythm(1, 0, gaps), rhythm(2, 500, gaps.slice(0, cells - 1))]).filter((f) =>
        f.startsWith('1 '),
      );
    expect(like(7)).toEqual([]);
    expect(like(8)).toEqual(['1 0 2']);
  });
});

describe('the work', () => {
  it.each([
    [0, 0, 51],
    [1, 0, 52],
    [200, 0, 52],
    [201, 0, 53],
    [200, 100, 53],
    [200, 101, 54],
  ])('for %d firms over %d weeks is done in %d steps', (count, weeks, number) => {
    const firms = Array.from({ length: count }, (_, i) => firm(i));
    const ends = weeks === 0 ? [] : [firm(0, 0, (weeks - 1) * WEEK)];
    expect(stepsOf(likeFirms([...ends, ...firms.slice(ends.length)], ALL, WEEKS_BACK))).toBe(
      number,
    );
  });

  it('is refused where firms and weeks are more than their numbers hold', () => {
    const firms = Array.from({ length: 8_000 }, () => ({
      smeId: '10000001',
      cells: Int32Array.of(0, 2_147_483_000),
    }));
    expect(() => ended(likeFirms(firms, ALL, WEEKS_BACK))).toThrow(
      '8000 firms over 2130440 weeks are too many',
    );
  });
});

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
