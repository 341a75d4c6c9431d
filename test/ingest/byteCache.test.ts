import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_TEXT_BYTES_MAX } from '../../core/limits.ts';
import { ByteCache } from '../../ingest/byteCache.ts';

function cacheOf(entriesMax: number) {
  const made: string[] = [];
  const make = (text: string) => {
    made.push(text);
    return `value of ${text}`;
  };
  const cache = new ByteCache(make, entriesMax);
  const of = (text: string) => {
    const bytes = Buffer.from(`<${text}>`);
    return cache.of(bytes, 1, bytes.length - 1);
  };
  return { of, made };
}

/** Texts whose hashes (FNV-1a) fall on one slot of 64, as many as a table has at first. */
function collisions(count: number): string[] {
  const byHash = new Map<number, string[]>();
  for (let i = 0; ; i += 1) {
    const text = `t${i}`;
    let hash = 0x811c9dc5;
    for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & 63;
    const found = [...(byHash.get(slot) ?? []), text];
    if (found.length === count) return found;
    byHash.set(slot, found);
  }
}

describe('a cache by bytes', () => {
  it('gives each text its own value, whatever came before', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        (texts, max) => {
          const { of } = cacheOf(max);
          for (const one of texts) {
            expect(of(one)).toBe(`value of ${Buffer.from(one).toString()}`);
          }
        },
      ),
    );
  });

  it('makes a value once, while it holds no more than it may', () => {
    const { of, made } = cacheOf(1_000);
    const texts = Array.from({ length: 1_000 }, (_, i) => `text ${i}`);
    for (const text of [...texts, ...texts.toReversed()]) of(text);
    // Few fall where too many lie already, and are made each time.
    expect(made.length).toBeLessThan(1_010);
    expect(new Set(made).size).toBe(1_000);
  });

  it('does not keep a text that is longer than any id', () => {
    const { of, made } = cacheOf(1_000);
    const [longest, longer] = [
      'x'.repeat(KEPT_TEXT_BYTES_MAX),
      'x'.repeat(KEPT_TEXT_BYTES_MAX + 1),
    ];
    for (const text of [longest, longer, longest, longer]) of(text);
    expect(made).toEqual([longest, longer, longer]);
  });

  it('begins anew when it is full', () => {
    const { of, made } = cacheOf(2);
    for (const text of ['a', 'b', 'a', 'c', 'a', 'c']) of(text);
    expect(made).toEqual(['a', 'b', 'c', 'a']);
  });

  it('does not keep more texts of one slot than it looks at', () => {
    const texts = collisions(40);
    const { of, made } = cacheOf(1_000);
    for (const text of [...texts, ...texts]) expect(of(text)).toBe(`value of ${text}`);
    // 32 of a slot are kept; the table of 64 is widened at its 33rd entry, never before.
    expect(made.length).toBe(2 * 40 - 32);
  });
});
