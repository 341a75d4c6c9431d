import { describe, expect, it } from 'vitest';
import { MarkGathering } from '../../../core/authenticity/marks.ts';

/** One row: the halves of a pseudonym, and the week. */
type Row = readonly [halves: readonly [low: number, high: number], week: number];

type Firm = readonly Row[];

function gathered(
  firmsMin: number,
  firms: readonly Firm[],
  isCustomer: (firm: number, week: number) => boolean = () => true,
) {
  const marks = new MarkGathering();
  firms.forEach((rows, firm) => {
    const keys = Uint32Array.from(rows.flatMap(([halves]) => halves));
    const weeks = Int32Array.from(rows, ([, week]) => week);
    marks.add(firm, keys, weeks, (week) => isCustomer(firm, week));
  });
  return marks.shared(firmsMin);
}

function shared(firmsMin: number, ...firms: readonly Firm[]): string[] {
  return gathered(firmsMin, firms).map((m) => `${m.mark} week ${m.week} firms ${m.firms}`);
}

describe('a mark that firms share', () => {
  it('is one that so many have in the same week, however often each uses it', () => {
    const often: Row[] = [
      [[5, 0], 1],
      [[6, 0], 1],
      [[5, 0], 1],
      [[6, 0], 2],
      [[5, 0], 3],
    ];
    expect(shared(2, often, [[[5, 0], 1]], [[[6, 0], 3]])).toEqual(['5 week 1 firms 2']);
    expect(shared(3, often, [[[5, 0], 1]], [[[5, 0], 2]])).toEqual([]);
    expect(shared(3, often, [[[5, 0], 1]], [[[5, 0], 1]])).toEqual(['5 week 1 firms 3']);
    expect(shared(2, often)).toEqual([]);
  });

  it('is told for each week, and each mark by both halves', () => {
    const both: Row[] = [
      [[5, 0], 1],
      [[5, 1], 1],
      [[5, 0], 2],
      [[0, 7], 2],
      [[7, 0], 2],
    ];
    expect(shared(2, both, both, [[[5, 0], 2]])).toEqual([
      '5 week 1 firms 2',
      '5 week 2 firms 3',
      '4294967301 week 1 firms 2',
      '30064771072 week 2 firms 2',
      '7 week 2 firms 2',
    ]);
  });

  it('has no firm of another mark', () => {
    const weeks: Row[] = [
      [[5, 0], 1],
      [[5, 0], 2],
    ];
    expect(shared(2, weeks, [[[6, 0], 1]])).toEqual([]);
    expect(shared(2, [[[6, 0], 1]], weeks)).toEqual([]);
  });

  it('is none where none was sent', () => {
    const none: Row[] = [
      [[0, 0], 1],
      [[9, 0], 1],
    ];
    expect(shared(2, none, none)).toEqual(['9 week 1 firms 2']);
  });
});

describe("a mark is a customer's own", () => {
  const uses = (mark: number, count: number, week = 1): Row[] =>
    Array.from({ length: count }, () => [[mark, 0], week]);
  const customersOf = (
    firms: readonly Firm[],
    isCustomer?: (firm: number, week: number) => boolean,
  ) =>
    gathered(2, firms, isCustomer)
      .filter((m) => m.mark === '5')
      .map((m) => `${m.week}: ${m.customers} of ${m.firms}`);

  it.each([
    [8, 1_000, 1],
    [7, 1_000, 0],
    [7, 63, 1],
    [7, 64, 0],
    [1, 9, 1],
    [1, 10, 0],
  ])('by %d of its uses in a week beside %d others: %d', (own, others, count) => {
    const second = [...uses(5, own), ...uses(6, others)];
    expect(customersOf([uses(5, 20), second])).toEqual([`1: ${1 + count} of 2`]);
    // Week by week, not over all.
    const before = [...uses(5, 50, 0), ...second];
    expect(customersOf([uses(5, 20), before])).toEqual([`1: ${1 + count} of 2`]);
  });

  it('in weeks in which the firm is a customer', () => {
    const both = [...uses(5, 20, 1), ...uses(5, 20, 2)];
    const isCustomer = (firm: number, week: number) => firm === 0 || week === 2;
    expect(customersOf([both, both], isCustomer)).toEqual(['1: 1 of 2', '2: 2 of 2']);
  });

  it('once, where a firm uses it in two solutions', () => {
    const marks = new MarkGathering();
    for (const firm of [0, 0, 1]) {
      marks.add(firm, Uint32Array.of(5, 0), Int32Array.of(1), () => true);
    }
    expect(marks.shared(2)).toEqual([{ mark: '5', week: 1, firms: 2, customers: 2 }]);
  });
});
