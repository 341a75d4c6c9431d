import { describe, expect, it } from 'vitest';
import { Pairs } from '../../../core/authenticity/pairs.ts';
import { steps } from './useInput.ts';

const APART_MAX_S = 6 * 3_600 + 240;
const pairsOf = (seconds: readonly number[], apartMaxS = APART_MAX_S) =>
  new Pairs(
    Int32Array.from(seconds, (s) => 1_680_000_000 + s),
    apartMaxS,
  );

describe('pairs of acts', () => {
  it.each([
    [1, 59, 0],
    [60, 60, 2],
    [60, 80, 3],
    [81, 199, 2],
    [120, 140, 2],
    [200, 200, 1],
    [201, APART_MAX_S, 0],
    [1, APART_MAX_S, 6],
  ])('from %d to %d seconds apart are %d of four acts', (least, most, count) => {
    expect(pairsOf([0, 60, 120, 200]).between(least, most)).toBe(count);
  });

  it('are of one second and of six hours and four minutes, each counted where it belongs', () => {
    const pairs = pairsOf([0, 1, APART_MAX_S]);
    expect(pairs.between(1, 1)).toBe(1);
    expect(pairs.between(APART_MAX_S, APART_MAX_S)).toBe(2);
    expect(pairs.between(2, 20_000)).toBe(0);
  });

  it('are no farther apart than is asked for', () => {
    const seconds = [0, 100, 201];
    expect(pairsOf(seconds, 100).between(1, APART_MAX_S)).toBe(1);
    expect(pairsOf(seconds, 101).between(1, APART_MAX_S)).toBe(2);
    expect(pairsOf([0, APART_MAX_S + 1]).between(1, APART_MAX_S)).toBe(0);
  });

  it('are none of one act, or of none', () => {
    expect(pairsOf([0]).between(1, APART_MAX_S)).toBe(0);
    expect(pairsOf([]).mayChain(1, APART_MAX_S, 1)).toBe(false);
  });
});

describe('a chain of pairs', () => {
  it('has as many links as follow on each other, and not one more', () => {
    const pairs = pairsOf(steps(5, 60));
    expect(pairs.mayChain(60, 60, 4)).toBe(true);
    expect(pairs.mayChain(60, 60, 5)).toBe(false);
    expect(pairs.mayChain(120, 120, 2)).toBe(true);
    expect(pairs.mayChain(120, 120, 3)).toBe(false);
  });

  it('is there whatever lies between', () => {
    expect(pairsOf([0, 13, 60, 77, 120]).mayChain(60, 60, 2)).toBe(true);
  });

  it('is not there where each pair begins elsewhere than another ends', () => {
    const pairs = pairsOf([0, 60, 1_000, 1_060]);
    expect(pairs.mayChain(60, 60, 1)).toBe(true);
    expect(pairs.mayChain(60, 60, 2)).toBe(false);
  });

  it('has no link that is a little longer', () => {
    const pairs = pairsOf([0, 60, 120, 181]);
    expect(pairs.mayChain(60, 60, 3)).toBe(false);
    expect(pairs.mayChain(60, 61, 3)).toBe(true);
  });

  it('is looked for anew at each distance', () => {
    const pairs = pairsOf([0, 500, 560, 620, 680, 740]);
    expect(pairs.mayChain(60, 60, 4)).toBe(true);
    expect(pairs.mayChain(500, 500, 1)).toBe(true);
    expect(pairs.mayChain(500, 500, 2)).toBe(false);
  });

  it('may be there of dense use, whose more than 200,000 pairs are counted alone', () => {
    const apart = (count: number) =>
      pairsOf(
        steps(count, 3).flatMap((s) => [s, s + 1]),
        1,
      );
    const kept = apart(200_000);
    expect(kept.between(1, 1)).toBe(200_000);
    expect(kept.mayChain(1, 1, 2)).toBe(false);
    const counted = apart(200_001);
    expect(counted.between(1, 1)).toBe(200_001);
    expect(counted.mayChain(1, 1, 2)).toBe(true);
  });
});
