import { describe, expect, it } from 'vitest';
import { likeFirms } from '../../../core/authenticity/alike.ts';
import { type FirmCells, RHYTHMS, type Steps } from '../../../core/authenticity/rhythms.ts';
import { ALL, ended, MONDAY, rhythmsOf, WEEKS_BACK } from './alikeInput.ts';

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

  it('with one rhythm, of however many: where more than twelve have it in a week, each with the first three (I-189)', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => rhythm(i + 1, 4 * i));
    const of = (number: number, firms: readonly FirmCells[]) =>
      found(firms).filter((f) => f.startsWith(`${number} `));
    expect(found(many(12)).length).toBe(36);
    for (const count of [13, 15, 20, 200]) {
      expect(found(many(count)).length).toBe(3 * count - 3);
      expect(of(1, many(count))).toEqual(['1 0 2', '1 0 3']);
      expect(of(3, many(count))).toEqual(['3 0 1', '3 0 2']);
      expect(of(count, many(count))).toEqual([1, 2, 3].map((other) => `${count} 0 ${other}`));
    }
    // Another week's few ask them too; they themselves ask in their own week alone.
    const later = [rhythm(14, WEEK), rhythm(15, WEEK)];
    expect(of(15, [...many(13), ...later])).toEqual(['15 1 1', '15 1 2', '15 1 3']);
    const manyLater = many(13).map((f) => ({ ...f, cells: f.cells.map((cell) => cell + WEEK) }));
    expect(of(13, [...manyLater, rhythm(14, 0)])).toEqual(['13 1 1', '13 1 2', '13 1 3']);
    expect(of(1, [...manyLater, rhythm(14, 0)])).toEqual(['1 1 2', '1 1 3']);
  });

  it.each([
    [-4, false],
    [-3, true],
    [0, true],
    [5, true],
    [6, false],
  ])(
    'with rhythms that many have, where the other firm has them moved by nearly one span: %d apart, %s',
    (apart, is) => {
      const twice = (number: number, from: number) =>
        firm(number, ...cellsOf(0, [9, 14]), ...cellsOf(from, [20, 31]));
      const first = Array.from({ length: 12 }, (_, i) => twice(i + 1, 300));
      const said = found([...first, twice(13, 300 + apart)]).filter((f) => f.startsWith('13 '));
      expect(said).toEqual(is ? ['13 0 1', '13 0 2', '13 0 3'] : []);
    },
  );

  it('with a rhythm that few have in each of some weeks, and many in all of them', () => {
    const weekly = (count: number, weeks: number) =>
      Array.from({ length: count * weeks }, (_, i) => rhythm(i, WEEK * Math.floor(i / count)));
    expect(found(weekly(7, 3)).length).toBe(3 * 7 * 3);
    // The first firm is in the week behind that of the twelve.
    expect(found([rhythm(0, WEEK), ...weekly(13, 1).slice(1)]).length).toBe(3 * 13);
  });

  it('whichever of them comes first, and in whatever weeks', () => {
    const firms = [rhythm(1, WEEK), rhythm(2, 0), rhythm(3, 0)];
    expect(found(firms)).toEqual(['1 1 2', '1 1 3', '2 0 3', '3 0 2']);
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

describe('a rhythm counts', () => {
  type Rhythm = readonly [number, number];
  const [R, S, T, U]: [Rhythm, Rhythm, Rhythm, Rhythm] = [
    [9, 14],
    [10, 14],
    [20, 14],
    [21, 14],
  ];
  /** Far from each other, and so that no two firms have the same gaps between. */
  const having = (number: number, ...rhythms: readonly Rhythm[]) =>
    firm(
      number,
      ...rhythms.flatMap(([a, b], i) => {
        const from = i * (200 + 17 * number);
        return [from, from + a, from + a + b];
      }),
    );

  it('for the firm that has it, and not for the next one', () => {
    expect(found([having(1, R, S), having(2, T), having(3, R, T), having(4, S)])).toEqual([]);
  });

  it('by itself, and not with the next longer one', () => {
    const firms = [having(1, R, T), having(2, S, U), having(3, S, U), having(4, R), having(5, T)];
    expect(found(firms)).toEqual(['2 0 3', '3 0 2']);
  });

  it('once, in however many weeks the other firm has it', () => {
    const both = [...having(2, R).cells, ...having(2, R).cells.map((cell) => cell + WEEK)];
    const other = { smeId: having(2).smeId, cells: Int32Array.from(both) };
    const later = having(1, R, S).cells.map((cell) => cell + WEEK);
    const firms = [{ smeId: having(1).smeId, cells: later }, other, having(3, S)];
    expect(found(firms)).toEqual([]);
  });

  it('for one firm after the other, each from none on', () => {
    const firms = [having(1, R, S), having(2, T, U), having(3, R, T), having(4, S, U)];
    expect(found(firms)).toEqual([]);
  });

  it('as much as another one: of equal firms the first are said', () => {
    const first = rhythm(1, 0, [5, 10, 20, 40, 80]);
    const others = [
      having(2, [20, 120], [30, 40]),
      having(3, [15, 20], [20, 40]),
      having(4, [10, 20], [10, 60]),
      having(5, [5, 10], [5, 30]),
    ];
    expect(found([first, ...others]).filter((f) => f.startsWith('1 '))).toEqual([
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
    [200, 4, 53],
    [200, 6_500, 53],
    [200, 7_000, 54],
  ])('for %d firms, one of %d cells, is done in %d steps', (count, cells, number) => {
    const firms = Array.from({ length: count }, (_, i) => firm(i));
    const first = cells === 0 ? [] : [firm(0, ...cellsOf(0, Array(cells - 1).fill(6)))];
    expect(stepsOf(likeFirms([...first, ...firms.slice(first.length)], ALL, WEEKS_BACK))).toBe(
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
