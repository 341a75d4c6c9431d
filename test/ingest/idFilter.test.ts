import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdFilter } from '../../ingest/idFilter.ts';
import { below, seededRandom } from '../helpers/spoolFsRandom.ts';

const word = fc.oneof(
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

describe('a filter of ids', () => {
  it('knows every hash that was added, whatever its bits (I-94)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 200 }), (hashes) => {
        const filter = new IdFilter(0);
        for (const [low, high] of hashes) filter.add(low, high);
        for (const [low, high] of hashes) expect(filter.add(low, high)).toBe(true);
      }),
    );
  });

  it('knows them in every layer, and takes fewer than one in 500 others for known (I-94)', () => {
    const [added, random] = [9_000_000, seededRandom(1)];
    const next = () => below(random, 2 ** 32);
    const filter = new IdFilter(0);
    const hashes = new Uint32Array(2 * added);
    let alike = 0;
    for (let at = 0; at < hashes.length; at += 2) {
      [hashes[at], hashes[at + 1]] = [next(), next()];
      if (filter.add(hashes[at] ?? 0, hashes[at + 1] ?? 0)) alike += 1;
    }
    expect(alike).toBeLessThan(added / 500);
    let forgotten = 0;
    for (let at = 0; at < hashes.length; at += 2) {
      if (!filter.add(hashes[at] ?? 0, hashes[at + 1] ?? 0)) forgotten += 1;
    }
    expect(forgotten).toBe(0);
  });

  it('takes two bytes a hash, with room for as many as are expected', () => {
    expect(new IdFilter(10_000_000).bytes).toBe(20_000_000);
    expect(new IdFilter(0).bytes).toBe(8 * 1024 * 1024);
  });
});
