import { isJustOver } from '../core/authenticity/counts.ts';
import { mayDepend } from '../core/authenticity/mayDepend.ts';
import { monthRows } from '../core/authenticity/monthRows.ts';
import {
  hasEvenWeek,
  isWorthALook,
  MARGIN_NEAR,
  mayFind,
  type SecondSpan,
  shapeOf,
} from '../core/authenticity/screen.ts';
import { marginOf } from '../core/authenticity/use.ts';
import type { CountedUse } from '../core/firmUse.ts';
import type { MonthPlan } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import { addMonths, startOfDay } from '../core/time.ts';
import type { UseSpan } from '../store/monthUse.ts';
import type { MonthOfOrder } from './compute.ts';
import { MonthPlans, type OrderPlan } from './plans.ts';
import type { SharedUse } from './sharedUse.ts';

/** A month that was decided. */
export interface DecidedMonth extends MonthOfOrder {
  readonly decision: MonthDecision;
}

export interface Span {
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

/** A month that is looked at, and what its vendor's firms share. */
export interface LookedMonth extends Omit<DecidedMonth, 'month'>, PlanSpans {
  readonly month: DecidedMonth;
  readonly monthPlan: MonthPlan;
  /** The days of the month and of its judged weeks. */
  readonly span: UseSpan;
  /** See `MonthUse`. */
  readonly endMs: number;
  readonly margin: number;
  readonly shared: SharedUse;
}

/** What is the same for all months of one plan. */
interface PlanSpans {
  /** The month's own days. */
  readonly own: Span;
  /** As counted. */
  readonly judgedWeeks: readonly SecondSpan[];
  readonly isAnyOf: boolean;
}

/** Months as they are looked at, as of one instant. */
export class Looks {
  readonly #plans: MonthPlans;
  readonly #spans = new Map<MonthPlan, PlanSpans & { readonly all: Omit<UseSpan, 'smeId'> }>();

  constructor(asOfMs: number) {
    this.#plans = new MonthPlans(asOfMs);
  }

  of(month: DecidedMonth, shared: SharedUse): LookedMonth {
    const { plan, decision, admittedMs } = month;
    const monthPlan = this.#plans.of(plan, decision.month, admittedMs);
    const { all, ...spans } = this.#spansOf(monthPlan, plan);
    return {
      ...month,
      ...spans,
      month,
      monthPlan,
      span: { smeId: plan.order.smeId, ...all },
      endMs: knownEndMs(month, monthPlan),
      margin: marginOf(decision.criteria, spans.isAnyOf),
      shared,
    };
  }

  #spansOf(monthPlan: MonthPlan, plan: OrderPlan) {
    const known = this.#spans.get(monthPlan);
    if (known !== undefined) return known;
    const { month, windows, version } = monthPlan;
    const judged = plan.weeks.filter((w) => w.judgedIn === month.month);
    const [first] = windows;
    if (first === undefined) throw new RangeError('a plan without a window');
    const made = {
      own: { startMs: startOfDay(month.start), endExclusiveMs: startOfDay(month.endExclusive) },
      all: {
        startMs: Math.min(...windows.map((w) => startOfDay(w.span.start))),
        endExclusiveMs: Math.max(...windows.map((w) => startOfDay(w.span.endExclusive))),
        receivedBeforeMs: first.receivedBeforeMs,
      },
      judgedWeeks: judged.map(({ counted }) => ({
        from: startOfDay(counted.start) / 1_000,
        until: startOfDay(counted.endExclusive) / 1_000,
      })),
      isAnyOf: 'anyOf' in version.normalFlow,
    };
    this.#spans.set(monthPlan, made);
    return made;
  }
}

/** What a seal of the longer month admitted was sent when nobody knew yet that it would end early. */
function knownEndMs({ plan, admittedMs }: MonthOfOrder, { month }: MonthPlan): number {
  const whole = addMonths(plan.order.contractStart, month.month);
  return startOfDay(admittedMs === undefined ? month.endExclusive : whole);
}

/**
 * Months near their threshold where anything may be found; of the others those of an odd shape, and
 * those that may depend on what is in doubt.
 * @param marks actors and addresses of several firms, decimal
 */
export function isOdd(looked: LookedMonth, of: CountedUse, marks: ReadonlySet<string>): boolean {
  const { span, decision } = looked;
  const rows = monthRows(of, span, marks);
  if (rows.seconds.length === 0) return false;
  if (othersOf(looked).length > 0) return true;
  if (looked.margin > MARGIN_NEAR) {
    const { monthPlan, plan, endMs } = looked;
    const month = { plan: monthPlan, weeks: plan.weeks, endMs, of, rows, span, marks };
    return (
      isWorthALook(shapeOf(rows)) ||
      hasEvenWeek(rows, looked.judgedWeeks, decision.criteria) ||
      mayDepend(month)
    );
  }
  if (isJustOver(decision.criteria, looked.isAnyOf)) return true;
  return mayFind(rows, looked.judgedWeeks, decision.criteria);
}

/** Firms to compare act by act: of a small month of a small vendor, every other. */
export function othersOf({ span, own, margin, decision, shared }: LookedMonth): string[] {
  const isSmall = margin <= MARGIN_NEAR && decision.totals.events <= EVENTS_COMPARED_MAX;
  const all = isSmall ? shared.allFirmsBut(span.smeId, own.startMs, own.endExclusiveMs) : null;
  return all ?? shared.likeFirmsOf(span.smeId, own.startMs, own.endExclusiveMs);
}

/** Months with more are compared only with firms of a like rhythm: the work is all by all. */
const EVENTS_COMPARED_MAX = 2_000;
