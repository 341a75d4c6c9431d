import { isDeepStrictEqual } from 'node:util';
import type { DemoOutcome } from './demoRun.ts';
import { type ExpectedMonths, type ExpectedRejects, readExpected } from './demoSample.ts';

type Compared = Pick<DemoOutcome, 'asOf' | 'orders' | 'rejects'>;

/** Where the demo's answers differ from the recount that comes with the sample; empty = nowhere. */
export async function checkAgainstSample(outcome: Compared): Promise<string[]> {
  const { months, rejects } = await readExpected();
  return [...monthFaults(outcome, months), ...rejectFaults(outcome.rejects, rejects)];
}

/**
 * The recount knows no authenticity findings: a month that meets the rule and is held for a person
 * is `met` there, and not claimable here.
 */
export function monthFaults(
  outcome: Pick<Compared, 'asOf' | 'orders'>,
  expected: ExpectedMonths,
): string[] {
  const faults: string[] = [];
  const differ = (where: string, want: unknown, got: unknown) => {
    if (want !== got) faults.push(`${where}: expected ${String(want)}, got ${String(got)}`);
  };
  differ('as of', expected.asOf, outcome.asOf);
  differ('orders', expected.orders.length, outcome.orders.length);
  const answered = new Map(outcome.orders.map((order) => [order.orderId, order]));
  for (const order of expected.orders) {
    const answer = answered.get(order.orderId);
    const held = answer?.months.filter((m) => m.state === 'held').length ?? 0;
    const claimable = answer === undefined ? undefined : answer.claimableMonths + held;
    differ(`${order.orderId} claimable months`, order.claimableMonths, claimable);
    differ(`${order.orderId} months`, order.months.length, answer?.months.length);
    for (const [i, { month, state, ...counted }] of order.months.entries()) {
      const got = answer?.months[i];
      const heldWhenMet = state === 'met' && got?.state === 'held';
      differ(`${order.orderId} month ${month}`, heldWhenMet ? 'held' : state, got?.state);
      if (got !== undefined)
        faults.push(...countFaults(`${order.orderId} month ${month}`, got, counted));
    }
  }
  return faults;
}

type Counted = Omit<ExpectedMonths['orders'][number]['months'][number], 'month' | 'state'>;

/** What lies below a state: days, totals, and how each cycle of each criterion came out. */
function countFaults(
  where: string,
  got: Compared['orders'][number]['months'][number],
  expected: Counted,
): string[] {
  const { start, endExclusive, totals } = got;
  const criteria = got.criteria.map(({ metric, per, cyclesMet, cyclesAsked, cycles, met }) => {
    const values = cycles.map((cycle) => cycle.value);
    return { metric, per, cyclesMet, cyclesAsked, values, met };
  });
  const found: Counted = { start, endExclusive, totals, criteria };
  return (['start', 'endExclusive', 'totals', 'criteria'] as const).flatMap((field) => {
    const [want, is] = [expected[field], found[field]];
    if (isDeepStrictEqual(want, is)) return [];
    return [`${where} ${field}: expected ${JSON.stringify(want)}, got ${JSON.stringify(is)}`];
  });
}

export function rejectFaults(got: Compared['rejects'], expected: ExpectedRejects): string[] {
  const batches = new Set([...Object.keys(got), ...Object.keys(expected)]);
  return [...batches].flatMap((batch) => {
    const [is, should] = [got[batch] ?? [], expected[batch] ?? []].map((r) => JSON.stringify(r));
    return is === should ? [] : [`batch ${batch} refused: expected ${should}, got ${is}`];
  });
}
