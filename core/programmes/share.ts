import type { Fraction } from './types.ts';

/**
 * The part of an amount that belongs to some of its months, rounded down to whole NT$: points
 * earned [000 八(六)2] and what is kept after a termination [001 七(六)] alike.
 */
export function shareTwd(amountTwd: number, months: number, contractMonths: number): number {
  return Math.floor((amountTwd * months) / contractMonths);
}

/** Points that claimable months earn: nothing below the floor [000 八(六)2]. */
export function earnedTwd(
  pointsTwd: number,
  claimableMonths: number,
  contractMonths: number,
  floorMonths: number,
): number {
  return claimableMonths < floorMonths ? 0 : shareTwd(pointsTwd, claimableMonths, contractMonths);
}

/** The part of an amount that an instalment pays, rounded down to whole NT$. */
export function fractionTwd(amountTwd: number, { parts, of }: Fraction): number {
  return shareTwd(amountTwd, parts, of);
}

/** A fraction in words: 20%, or 1/2 where it is not of a hundred. */
export function fractionWords({ parts, of }: Fraction): string {
  return of === 100 ? `${parts}%` : `${parts}/${of}`;
}

/** Whether some of a whole is less than a fraction of it. */
export function isBelow(some: number, whole: number, { parts, of }: Fraction): boolean {
  return some * of < whole * parts;
}
