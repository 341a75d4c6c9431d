import { describe, expect, it } from 'vitest';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';

const SECRET = Buffer.alloc(32, 7);
const KIB = 1024;

/** 500 actors of each vendor, one vendor after the other; one has a word in between. */
function filled(pseudonyms: Pseudonyms, vendors: readonly string[], often: string) {
  const texts = new Map([[often, pseudonyms.of(often)]]);
  for (const vendorId of vendors) {
    for (let i = 0; i < 500; i += 1) pseudonyms.actor(vendorId, `actor ${i}`);
    texts.set(vendorId, pseudonyms.of(vendorId));
    pseudonyms.actor(often, 'amy');
  }
  return texts;
}

describe('what is remembered of vendors', () => {
  const vendors = Array.from({ length: 24 }, (_, i) => `v${i}`);

  it('is bounded over all of them: that of who was used longest ago goes first (I-162)', () => {
    const pseudonyms = new Pseudonyms(SECRET, 256 * KIB);
    const first = filled(pseudonyms, vendors, 'often');
    expect(pseudonyms.of('often')).toBe(first.get('often'));
    const newestFirst = vendors.toReversed();
    const kept = newestFirst.findIndex((v) => pseudonyms.of(v) !== first.get(v));
    // The values of 500 actors alone take 20 KB.
    expect(kept).toBeGreaterThan(1);
    expect(kept).toBeLessThan((256 * KIB) / 20_000);
  });

  it('changes no pseudonym when it is dropped', () => {
    const [small, large] = [new Pseudonyms(SECRET, 1), new Pseudonyms(SECRET)];
    const held = small.of('v0');
    for (const pass of [1, 2]) {
      for (const vendorId of ['v0', 'v1', 'v2']) {
        const said = small.actor(vendorId, 'amy');
        expect([pass, said]).toEqual([pass, large.actor(vendorId, 'amy')]);
        expect(small.of(vendorId)).toBe(small.of(vendorId));
      }
    }
    expect(small.of('v0')).not.toBe(held);
    expect(held.actors.of(Buffer.from('amy'), 0, 3)).toBe(large.actor('v0', 'amy'));
  });
});
