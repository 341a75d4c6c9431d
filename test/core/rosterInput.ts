import type { Order } from '../../core/registry.ts';
import { type Roster, rosterOf } from '../../core/roster.ts';
import type { OrderFlow } from '../../core/rosterFlow.ts';
import { civilDate } from '../../core/time.ts';
import { aCase, aSolution, caseOrder, day, monthsOf, PER_MONTH, termsOf } from './caseInput.ts';

/** Rosters for tests. */

export interface Firm {
  /** Interactions up to each checkpoint; logins are twice as many. Null: no use at all. */
  readonly flow?: readonly [number, number] | null;
  readonly firstUsedOn?: string | null;
  readonly start?: string;
  /** Of every month. */
  readonly perMonth?: number;
  /** The last figures of its business number; by default its place. */
  readonly sme?: number;
  readonly termination?: Order['termination'];
}

const SOLUTION = aSolution(['2020-01-01', PER_MONTH]);
const NONE: OrderFlow = { stages: [], firstUsedOn: null };
/** Of the firm that is in no registry. */
export const UNKNOWN_SME = 9_999;

/** The roster of a case whose orders are `o-000`, `o-001` and so on, four months each. */
export function roster(
  firms: readonly Firm[],
  asOf = '2023-12-01',
  changes: Parameters<typeof aCase>[0] = {},
): Roster {
  const orders = firms.map((firm, i) => {
    const contractStart = civilDate(firm.start ?? '2023-05-01');
    const smeId = String(20_000_000 + (firm.sme ?? i));
    const termination = firm.termination ?? null;
    const order = caseOrder(orderIdOf(i), { smeId, contractStart, termination });
    const months = monthsOf(order, () => [[firm.perMonth ?? 10]]);
    return { order, solution: SOLUTION, months, terms: termsOf(SOLUTION, months) };
  });
  const flows = new Map(firms.map((firm, i) => [orderIdOf(i), flowOf(firm)]));
  const sme = (smeId: string) =>
    smeId === String(20_000_000 + UNKNOWN_SME)
      ? undefined
      : { smeId, name: `企業 ${smeId}`, pointsIssuedOn: null };
  return rosterOf({
    theCase: aCase(changes),
    orders,
    flowOf: (orderId) => flows.get(orderId) ?? NONE,
    registry: { sme },
    asOfMs: day(asOf),
  });
}

export const many = (count: number): Firm[] => Array.from({ length: count }, () => ({}));

function orderIdOf(place: number): string {
  return `o-${String(place).padStart(3, '0')}`;
}

function flowOf({ flow = [0, 0], firstUsedOn = '2023-05-02' }: Firm): OrderFlow {
  if (flow === null) return NONE;
  return {
    stages: flow.map((n) => ({ logins: 2 * n, interactions: n, activeUsers: 0 })),
    firstUsedOn: firstUsedOn === null ? null : civilDate(firstUsedOn),
  };
}
