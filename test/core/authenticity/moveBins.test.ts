import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heaviestBin, type MovedStreams } from '../../../core/authenticity/moveBins.ts';

/** Every pair by its move, counted one by one. */
function heaviestOfPairs(streams: MovedStreams, weightMin: number) {
  const { seconds, others, widthS, movedMaxS, weightOf } = streams;
  const bins = new Map<number, number>();
  seconds.forEach((second, i) => {
    others.forEach((other, j) => {
      if (Math.abs(second - other) > movedMaxS) return;
      const at = Math.floor((second - other) / widthS);
      bins.set(at, (bins.get(at) ?? 0) + (weightOf?.(i, j) ?? 1));
    });
  });
  let best: { at: number; weight: number } | null = null;
  for (const at of [...bins.keys()].sort((a, b) => a - b)) {
    const weight = (bins.get(at) ?? 0) + (bins.get(at + 1) ?? 0);
    if (weight >= weightMin && weight > (best?.weight ?? 0)) best = { at, weight };
  }
  return best;
}

const START = 1_680_000_000;
const stream = (spanS: number) =>
  fc
    .array(fc.integer({ min: 0, max: spanS }), { maxLength: 40 })
    .map((all) => Int32Array.from(all, (s) => START + s).sort());
const weights = [null, (i: number, j: number) => 1 + ((i * 7 + j) % 5)];

describe('the heaviest moves of one stream onto another', () => {
  /** So many acts, far from each other, and each moved by so many seconds. */
  const moved = (moves: readonly number[], widthS: number, movedMaxS = 200_000): MovedStreams => {
    const others = Int32Array.from(moves, (_, i) => START + i * 1_000_000);
    const seconds = others.map((other, i) => other + (moves[i] ?? 0));
    return { seconds, others, widthS, movedMaxS, weightOf: null };
  };

  it.each([
    [[0], 2, { at: 0, weight: 1 }],
    [[-1], 2, { at: -1, weight: 1 }],
    [[-1], 600, { at: -1, weight: 1 }],
    [[599], 600, { at: 0, weight: 1 }],
    [[600], 600, { at: 1, weight: 1 }],
    [[0, 3], 2, { at: 0, weight: 2 }],
    [[0, 4], 2, { at: 0, weight: 1 }],
    [[2, 3, 0, 4, 5], 2, { at: 1, weight: 4 }],
    [[20, 22, 4, 6, 8, 10], 2, { at: 2, weight: 2 }],
    [[0, 6, 7, 13, 14], 7, { at: 0, weight: 4 }],
  ])('of %j, in bins of %d, are %j: the first of the heaviest two', (moves, widthS, found) => {
    expect(heaviestBin(moved(moves, widthS), 1)).toEqual(found);
  });

  it.each([
    [[0, 0, 2, 2, 2], 5],
    [[0, 0, 0, 2, 2], 5],
    [[0, 0, 0, 2, 2, 2], 6],
    [[0, 0, 0, 0], 4],
    [[2], 1],
  ])('of %j weigh %d, and are none where more is asked', (moves, weight) => {
    const streams = moved(moves, 2);
    const weighed = { ...streams, weightOf: () => 1 };
    for (const of of [streams, weighed]) {
      expect(heaviestBin(of, weight)?.weight).toBe(weight);
      expect(heaviestBin(of, weight + 1)).toBeNull();
    }
  });

  it.each([
    [2, 10],
    [3, 10],
    [600, 10],
    [2, 140_000],
    // The last bin is all of the last stretch.
    [2, 65_536],
  ])('in bins of %d are no farther apart than %d seconds', (widthS, movedMaxS) => {
    for (const sign of [1, -1]) {
      const at = Math.floor((sign * movedMaxS) / widthS);
      expect(heaviestBin(moved([sign * movedMaxS], widthS, movedMaxS), 1)).toEqual({
        at,
        weight: 1,
      });
      expect(heaviestBin(moved([sign * (movedMaxS + 1)], widthS, movedMaxS), 1)).toBeNull();
    }
  });

  // Of 100,000 bins on either side the second stretch begins at −34,464, the third at 31,072.
  it.each([-34_465, -34_464, -34_463, 31_071, 31_072])(
    'lie together across the end of a stretch: from bin %d',
    (at) => {
      const pair = [2 * at, 2 * at + 2];
      expect(heaviestBin(moved(pair, 2), 2)).toEqual({ at, weight: 2 });
      expect(heaviestBin(moved([...pair, 2 * at], 2), 2)).toEqual({ at, weight: 3 });
      expect(heaviestBin(moved([-190_000, -190_000, ...pair], 2), 2)?.at).toBe(-95_000);
      expect(heaviestBin(moved([-190_000, ...pair, -190_000, 2 * at], 2), 2)?.at).toBe(at);
    },
  );

  it('weigh what their pairs weigh, by the places of both', () => {
    const streams = moved([-70_000, 0, 0, 70_000, 70_000], 2);
    const weightOf = (act: number, other: number) => (act === 0 && other === 0 ? 5 : 1);
    expect(heaviestBin({ ...streams, weightOf }, 2)).toEqual({ at: -35_000, weight: 5 });
    const third = (_: number, other: number) => (other === 4 ? 3 : 1);
    expect(heaviestBin({ ...streams, weightOf: third }, 2)).toEqual({ at: 35_000, weight: 4 });
  });

  // Seconds since the epoch that are near the end of 31 bits once they are widths and a rest.
  it.each([1_073_741_524, 1_258_290_900, 1_519_445_700])(
    'are the same from second %d on',
    (from) => {
      const [seconds, others] = [Int32Array.of(from + 600), Int32Array.of(from)];
      const there = { seconds, others, widthS: 600, movedMaxS: 6_000, weightOf: null };
      expect(heaviestBin(there, 1)).toEqual({ at: 1, weight: 1 });
      const back = { ...there, seconds: others, others: seconds };
      expect(heaviestBin(back, 1)).toEqual({ at: -1, weight: 1 });
    },
  );

  it('are none where there are no acts', () => {
    expect(heaviestBin(moved([], 2), 1)).toBeNull();
  });

  it.each([
    ['to the second, over many stretches', 2, 3_000_000],
    ['within minutes', 600, 3_000_000],
    ['where many pairs share a bin', 600, 20_000],
    ['of widths that are no power of two', 7, 4_000],
  ])('are those of all pairs counted one by one: %s (I-149)', (_, widthS, spanS) => {
    const moved = fc.integer({ min: 1, max: spanS });
    fc.assert(
      fc.property(
        stream(spanS),
        stream(spanS),
        fc.oneof(moved, fc.constant(widthS * 5)),
        fc.constantFrom(...weights),
        fc.integer({ min: 1, max: 8 }),
        (seconds, others, movedMaxS, weightOf, weightMin) => {
          const streams = { seconds, others, widthS, movedMaxS, weightOf };
          expect(heaviestBin(streams, weightMin)).toEqual(heaviestOfPairs(streams, weightMin));
        },
      ),
      { numRuns: 150 },
    );
  });
});
