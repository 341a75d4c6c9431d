import type { Span } from './contract.ts';
import type { MonthTerms } from './exclusion.ts';
import type { MonthDecision } from './month.ts';
import type { Metric } from './normalFlow.ts';
import type { Order, Solution, SolutionVersion } from './registry.ts';
import { isRejected } from './review.ts';
import { type CivilDate, earlier, later } from './time.ts';

/**
 * The total flow (計畫期間總流量) of a case: which days of which order count, up to which checkpoint.
 * No event is in two spans, so the flows of the orders add up to the flow of the case.
 */

/** An order of a case with its months at asOf. */
export interface CaseOrder {
  readonly order: Order;
  readonly solution: Solution;
  readonly months: readonly MonthDecision[];
  /** Month by month: the version that judges, or judged it, and until when events count. */
  readonly terms: readonly MonthTerms[];
}

/** Days of one contract month that count for the case. */
export interface FlowSpan extends Span {
  readonly orderId: string;
  readonly smeId: string;
  /** The first checkpoint that these days count for, by its place; later ones count them too. */
  readonly stage: number;
  readonly version: SolutionVersion;
  /** The month's own limit: what comes after it is late. */
  readonly receivedBeforeMs: number;
}

/** Use up to each checkpoint, in their order; the last is all of it. */
export interface OrderFlow {
  readonly stages: readonly Readonly<Record<Metric, number>>[];
  /** The first event that counts, in the spans. */
  readonly firstUsedOn: CivilDate | null;
}

/**
 * @param stageEnds the first day after each checkpoint, ascending
 * A day that two orders of a firm have for one solution belongs to the order that began first, also
 * where its month was rejected: what was rejected counts nowhere.
 */
export function flowSpans(
  orders: readonly CaseOrder[],
  period: Span,
  stageEnds: readonly CivilDate[],
  asOfMs: number,
): FlowSpan[] {
  const taken = new Map<string, Span[]>();
  return [...orders].sort(byStart).flatMap((of) => {
    const { order, months } = of;
    const key = `${order.smeId} ${order.solutionId}`;
    const before = taken.get(key) ?? [];
    taken.set(key, [...before, ...months]);
    return months.flatMap((month, i) => {
      if (isRejected(month)) return [];
      const free = before.reduce(
        (left, span) => left.flatMap((l) => minus(l, span)),
        within(month, period),
      );
      const { version, countedUntilMs } = termsOfMonth(of, i);
      const receivedBeforeMs = Math.min(asOfMs, countedUntilMs);
      const { orderId, smeId } = order;
      return free
        .flatMap((span) => inStages(span, stageEnds))
        .map((span) => ({ ...span, orderId, smeId, version, receivedBeforeMs }));
    });
  });
}

/** @throws RangeError where the month at that place has none */
export function termsOfMonth({ terms }: Pick<CaseOrder, 'terms'>, place: number): MonthTerms {
  const ofMonth = terms[place];
  if (ofMonth === undefined) throw new RangeError(`an order has no terms at ${place}`);
  return ofMonth;
}

function byStart(a: CaseOrder, b: CaseOrder): number {
  const [x, y] = [a, b].map(({ order }) => `${order.contractStart} ${order.orderId}`);
  return (x ?? '') < (y ?? '') ? -1 : 1;
}

function within(span: Span, bounds: Span): Span[] {
  return spanOf(later(span.start, bounds.start), earlier(span.endExclusive, bounds.endExclusive));
}

function minus(span: Span, other: Span): Span[] {
  return [
    ...spanOf(span.start, earlier(span.endExclusive, other.start)),
    ...spanOf(later(span.start, other.endExclusive), span.endExclusive),
  ];
}

/** What lies after the last checkpoint is in no stage. */
function inStages(span: Span, stageEnds: readonly CivilDate[]): (Span & { stage: number })[] {
  return stageEnds.flatMap((endExclusive, stage) => {
    const start = stageEnds[stage - 1] ?? span.start;
    return within(span, { start, endExclusive }).map((part) => ({ ...part, stage }));
  });
}

function spanOf(start: CivilDate, endExclusive: CivilDate): Span[] {
  return start < endExclusive ? [{ start, endExclusive }] : [];
}
