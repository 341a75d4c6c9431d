import { describe, expect, it } from 'vitest';
import { MarkGathering } from '../../../core/authenticity/marks.ts';

/** One row: the halves of a pseudonym, and the week. */
type Row = readonly [halves: readonly [low: number, high: number], week: number];

function shared(firmsMin: number, ...firms: readonly (readonly Row[])[]): string[] {
  const marks = new MarkGathering();
  firms.forEach((rows, firm) => {
    const keys = Uint32Array.from(rows.flatMap(([halves]) => halves));
    marks.add(firm, keys, (row) => rows[row]?.[1] ?? 0);
  });
  return marks.shared(firmsMin).map((m) => `${m.mark} week ${m.week} firms ${m.firms}`);
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
