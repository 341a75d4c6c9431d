import type { ChartMonth, ChartWeek, UsageChart } from '../../core/chart.ts';
import { contractOf, cyclesOf, weeksOf } from '../../core/contract.ts';
import type { CriterionResult, MonthState, Totals } from '../../core/month.ts';
import { type Criterion, criteriaOf, type NormalFlow } from '../../core/normalFlow.ts';
import { civilDate } from '../../core/time.ts';

/** A made-up usage chart: whole, from a few words. Weekly use repeats with the week's number. */

export interface ChartWish {
  readonly start?: string;
  readonly contractMonths?: number;
  /** Ends the contract early on this day. */
  readonly closedOn?: string;
  readonly states?: readonly MonthState[];
  readonly claimable?: readonly boolean[];
  readonly rules?: readonly NormalFlow[];
  /** Interactions of a week; logins are a tenth, people a twentieth of it. */
  readonly useOf?: (week: number) => number;
  readonly asOf?: string;
  readonly changes?: Partial<UsageChart>;
}

export const DEFAULT_RULE: NormalFlow = {
  allOf: [
    { metric: 'logins', per: 'week', atLeast: 3 },
    { metric: 'interactions', per: 'month', atLeast: 20 },
  ],
};

export function usageChart(wish: ChartWish = {}): UsageChart {
  const contract = contractOf({
    contractStart: civilDate(wish.start ?? '2023-04-15'),
    contractMonths: wish.contractMonths ?? 4,
    closure: wish.closedOn ? { date: civilDate(wish.closedOn), proof: 'proof' } : null,
    termination: null,
  });
  const useOf = wish.useOf ?? ((week) => 20 + ((week * 37) % 61));
  const spans = weeksOf(contract);
  const weeks: ChartWeek[] = spans.map(({ start, endExclusive, judgedIn }, i) => ({
    start,
    endExclusive,
    judgedIn,
    totals: totalsOf(useOf(i)),
  }));
  const months = contract.months.map((month, i): ChartMonth => {
    const rule = at(wish.rules ?? [DEFAULT_RULE], i);
    const state: MonthState = at<MonthState>(wish.states ?? ['met'], i);
    const own = weeks.filter((w) => w.judgedIn === month.month);
    const totals = totalsOf(own.reduce((sum, w) => sum + w.totals.interactions, 0));
    const useIn: UseIn = ({ per, metric, actions }, k) => {
      const whole = per === 'week' ? own[k]?.totals[metric] : totals[metric];
      const shared = per === 'day' ? (whole ?? 0) / 30 : (whole ?? 0);
      return Math.ceil(actions === undefined ? shared : shared / 2);
    };
    return {
      ...month,
      state,
      claimable: wish.claimable?.[i] ?? state === 'met',
      totals,
      rule,
      criteria: criteriaOf(rule).map((c) => resultOf(c, cyclesOf(c.per, month, spans), useIn)),
    };
  });
  const sum = (of: (t: Totals) => number) => months.reduce((n, m) => n + of(m.totals), 0);
  return {
    orderId: 'order-1',
    vendorName: '範例資服公司',
    solutionName: '雲端進銷存',
    smeName: '範例企業有限公司',
    smeId: '04595257',
    usagePlan: '建立與查詢銷貨單、盤點庫存',
    contract: { ...contract },
    months,
    weeks,
    totals: {
      logins: sum((t) => t.logins),
      interactions: sum((t) => t.interactions),
      events: sum((t) => t.events),
    },
    claimableMonths: months.filter((m) => m.claimable).length,
    asOf: wish.asOf ?? '2026-08-24T00:00:00.000+08:00',
    digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    simulated: false,
    ...wish.changes,
  };
}

type UseIn = (criterion: Criterion, cycle: number) => number;

function totalsOf(use: number): Totals {
  const [logins, activeUsers] = [Math.ceil(use / 10), Math.ceil(use / 20)];
  return { logins, interactions: use, activeUsers, events: logins + use };
}

function resultOf(
  criterion: Criterion,
  spans: ReturnType<typeof cyclesOf>,
  useIn: UseIn,
): CriterionResult {
  const cycles = spans.map(({ start, endExclusive }, i) => {
    const value = useIn(criterion, i);
    return { start, endExclusive, value, met: value >= criterion.atLeast };
  });
  const cyclesMet = cycles.filter((c) => c.met).length;
  const cyclesAsked = Math.min(criterion.in ?? cycles.length, cycles.length);
  return {
    metric: criterion.metric,
    per: criterion.per,
    atLeast: criterion.atLeast,
    in: criterion.in ?? null,
    cycles,
    cyclesMet,
    cyclesAsked,
    met: cycles.length > 0 && cyclesMet >= cyclesAsked,
  };
}

/** The last goes on for the months that follow. */
function at<T>(list: readonly T[], i: number): T {
  const value = list[i] ?? list.at(-1);
  if (value === undefined) throw new RangeError('an empty list');
  return value;
}
