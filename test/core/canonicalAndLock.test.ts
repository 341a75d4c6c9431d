import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import { Sequence } from '../../core/lock.ts';

describe('canonical JSON', () => {
  it('gives equal values equal bytes, whatever order their members came in', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([k, v]) => [k, reversed(v)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    [{ b: 1, a: [{ d: 1, c: 2 }] }, '{"a":[{"c":2,"d":1}],"b":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [[2, 1], '[2,1]'],
    [{ 企: 1, Z: 2, a: 3 }, '{"Z":2,"a":3,"企":1}'],
  ])('of %j is %s', (value, want) => {
    expect(canonicalJson(value)).toBe(want);
  });
});

describe('a sequence', () => {
  it('runs tasks one at a time in the order asked, past one that fails', async () => {
    const sequence = new Sequence();
    const log: string[] = [];
    const task = (name: string, ms: number) => async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const asked = [
      sequence.run(task('a', 15)),
      sequence.run(task('b', 5)),
      sequence.run(task('c', 1)),
    ];
    const ended = await Promise.allSettled(asked);
    expect(ended.map((e) => (e.status === 'fulfilled' ? e.value : 'failed'))).toEqual([
      'a',
      'failed',
      'c',
    ]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('is idle when all that was asked has ended, a failure included', async () => {
    const sequence = new Sequence();
    let ended = false;
    const failing = sequence.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended = true;
      throw new Error('failed');
    });
    await sequence.idle();
    expect(ended).toBe(true);
    await expect(failing).rejects.toThrow('failed');
  });
});
