import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { METHODS } from './cases.ts';
import { withStore } from './closed.ts';
import { FOUND_SHARE_MIN, foundShareOf, HELD_SHARE_BELOW, realFigures } from './measure.ts';
import { readSample } from './sample.ts';
import { detectionTable } from './table.ts';

/** A small run of `npm run authenticity`, whose figures are in docs/authenticity.md. */
const sample = readSample(fileURLToPath(new URL('../../samples/vcs-small', import.meta.url)));
const LONG_MS = 300_000;

describe('the findings', () => {
  it('hold fewer than 2% of the met months of a real log (I-138)', {
    timeout: LONG_MS,
  }, async () => {
    const { met, heldShare } = await realFigures(sample);
    expect(met).toBeGreaterThan(60);
    expect(heldShare).toBeLessThan(HELD_SHARE_BELOW);
  });

  it('hold at least 95% of the months that are made up, over all methods (I-138)', {
    timeout: LONG_MS,
  }, async () => {
    const options = { methods: METHODS, each: 1, seed: 1 };
    const rows = await withStore((db) => detectionTable(db, sample.events, options));
    expect(rows.every((row) => row.months > 0)).toBe(true);
    expect(foundShareOf(rows)).toBeGreaterThanOrEqual(FOUND_SHARE_MIN);
  });
});
