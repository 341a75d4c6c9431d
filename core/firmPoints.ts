import { type PointsReturn, pointsReturn } from './programmes/index.ts';
import type { Order, Sme } from './registry.ts';
import { type CivilDate, civilDate } from './time.ts';

/**
 * The points of one firm in one programme. An order takes its points on its first day (decision);
 * what its early end gave back is there from that day on, and may be used for some days.
 */

/** The first day from an order's start on that the orders together hold more than the firm has. */
export function dayOverCeiling(
  order: Order,
  others: readonly Order[],
  ceiling: number,
): { readonly on: CivilDate; readonly points: number } | null {
  const changes = [...others, order].flatMap((o) => {
    const back = pointsReturn(o);
    const taken = { on: o.contractStart, points: o.pointsTwd };
    return back === null ? [taken] : [taken, { on: back.returnedOn, points: -back.points }];
  });
  const held = new Map<CivilDate, number>();
  let points = 0;
  for (const change of changes.sort((a, b) => compare(a.on, b.on))) {
    points += change.points;
    held.set(change.on, points);
  }
  const over = [...held].find(([on, sum]) => on >= order.contractStart && sum > ceiling);
  return over === undefined ? null : { on: over[0], points: over[1] };
}

/** Points that came back from another order, and that are taken after their last day. */
export interface LapsedPoints extends PointsReturn {
  readonly orderId: string;
}

/**
 * The lapsed points without which an order could not be paid. Every order takes what lapses first
 * before what lapses later or never.
 * @param others of the firm in the programme, within its ceiling with the order
 */
export function lapsedPoints(
  order: Order,
  others: readonly Order[],
  sme: Pick<Sme, 'pointsIssuedOn'>,
  ceiling: number,
): LapsedPoints[] {
  const returned = others.flatMap((other): Pot[] => {
    const back = pointsReturn(other, sme);
    if (back === null) return [];
    return [
      { left: back.points, until: back.usableUntil, back: { ...back, orderId: other.orderId } },
    ];
  });
  const pots: Pot[] = [...returned, { left: ceiling, until: NEVER, back: null }];
  pots.sort((a, b) => compare(a.until, b.until));
  const before = others
    .filter((other) => other.contractStart <= order.contractStart)
    .sort((a, b) => compare(a.contractStart, b.contractStart));
  for (const other of before) take(other, pots);
  return take(order, pots);
}

/** Points that are there to be taken; `back` is null of those that the firm was given first. */
interface Pot {
  left: number;
  readonly until: CivilDate;
  readonly back: LapsedPoints | null;
}

/** Takes the points of an order; answers the lapsed ones that it took. */
function take({ contractStart: on, pointsTwd }: Order, pots: readonly Pot[]): LapsedPoints[] {
  const there = pots.filter(({ back }) => back === null || back.returnedOn <= on);
  const isUsable = ({ until }: Pot) => until >= on;
  const lapsed: LapsedPoints[] = [];
  let needed = pointsTwd;
  for (const pot of [...there.filter(isUsable), ...there.filter((p) => !isUsable(p))]) {
    const points = Math.min(needed, pot.left);
    pot.left -= points;
    needed -= points;
    if (points > 0 && !isUsable(pot) && pot.back !== null) lapsed.push({ ...pot.back, points });
  }
  return lapsed;
}

const NEVER = civilDate('9999-12-31');

function compare(a: CivilDate, b: CivilDate): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
