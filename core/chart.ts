import type { Span } from './contract.ts';
import type { CriterionResult, MonthState, Totals } from './month.ts';
import type { NormalFlow } from './normalFlow.ts';

/** The usage record (企業使用紀錄): what the weekly chart shows [000 附表4 十; 002 註6]. */

export interface ChartWeek extends Span {
  /** The contract month it is judged with; null: drawn, not judged. */
  readonly judgedIn: number | null;
  readonly totals: Totals;
}

export interface ChartMonth extends Span {
  readonly month: number;
  readonly state: MonthState;
  readonly claimable: boolean;
  readonly totals: Totals;
  readonly criteria: readonly CriterionResult[];
  /** The rule that judges this month. */
  readonly rule: NormalFlow;
}

export interface UsageChart {
  readonly orderId: string;
  readonly vendorName: string;
  readonly solutionName: string;
  readonly smeName: string;
  /** Unified business number of the firm. */
  readonly smeId: string;
  readonly usagePlan: string;
  readonly contract: Span & { readonly contractMonths: number };
  /** The contract months on the chart, in order. */
  readonly months: readonly ChartMonth[];
  /** Every week that touches those months, in order. */
  readonly weeks: readonly ChartWeek[];
  /** Sums over the months shown; activeUsers is left out: people do not add up. */
  readonly totals: Omit<Totals, 'activeUsers'>;
  /** Of the whole order, whichever months are shown. */
  readonly claimableMonths: number;
  /** RFC 3339, Taipei: the state of knowledge that the record shows. */
  readonly asOf: string;
  /** SHA-256 (hex) of the data behind the record. */
  readonly digest: string;
  /** The clock was simulated: the record says so. */
  readonly simulated: boolean;
}

export type ChartFormat = 'png' | 'svg';

/** Port: draws records off the event loop. Same chart and format, same bytes. */
export interface ChartRenderer {
  render(chart: UsageChart, format: ChartFormat): Promise<Uint8Array>;
  close(): Promise<void>;
}
