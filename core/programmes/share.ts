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
