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
