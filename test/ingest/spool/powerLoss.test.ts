import { describe, expect, it } from 'vitest';
import { runPowerLoss, sweepFault } from '../../faults/spoolPowerLoss.ts';

describe('whatever the power leaves of the disk', () => {
  it('keeps every acknowledged record, once, whole, in its place, over 2,000 seeds (I-80)', async () => {
    const report = await runPowerLoss({ firstSeed: 1, seeds: 2_000, syncsLie: false });
    expect(report.violations).toEqual([]);
    expect(report.losses).toBe(0);
    // The runs are no empty ones: much was acknowledged, refused, and found unacknowledged.
    expect(report.acknowledged).toBeGreaterThan(50_000);
    expect(report.refused).toBeGreaterThan(500);
    expect(report.surplus).toBeGreaterThan(100);
  }, 240_000);

  it.each([1, 2, 3, 4, 5, 6])(
    'keeps it with the power lost at each call of life %i',
    async (life) => {
      const { calls, faults } = await sweepFault(life * 1_000, 'power');
      expect(faults).toEqual([]);
      expect(calls).toBeGreaterThan(20);
    },
  );

  it('loses records where syncs do nothing: the suite can see it (I-80)', async () => {
    const report = await runPowerLoss({ firstSeed: 1, seeds: 200, syncsLie: true });
    expect(report.losses).toBeGreaterThan(100);
    expect(report.violations.length).toBeGreaterThan(100);
  });
});
