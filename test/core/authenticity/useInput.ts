import type { MonthUse, UseEvent } from '../../../core/authenticity/use.ts';
import { countedActionsOf, countWindows, countWindowsOf, flagsOf } from '../../../core/countUse.ts';
import { type CountedUse, Numbering } from '../../../core/firmUse.ts';
import { type ComputedMonth, countsOf, decideMonth } from '../../../core/judge.ts';
import type { NormalFlow } from '../../../core/normalFlow.ts';
import { planMonthOf, planOrder } from '../../../verify/plans.ts';
import { at, order, registryOf, solutionEntries } from '../../helpers/world.ts';

/** Use of the month from 2023-04-15 to 2023-05-15 of an order. */

export const MINUTE_S = 60;
export const HOUR_S = 3_600;
export const DAY_S = 86_400;

/** One event; received a second after it happened. */
export function useEvent(when: string | number, fields: Partial<UseEvent> = {}): UseEvent {
  const atMs = typeof when === 'number' ? when : at(when);
  return {
    atMs,
    receivedAtMs: atMs + 1_000,
    actor: '1',
    address: null,
    action: 'create',
    ...fields,
  };
}

/** Events so many seconds after a time in Taipei. */
export function usesAt(
  from: string,
  seconds: readonly number[],
  fields: Partial<UseEvent> = {},
): UseEvent[] {
  return seconds.map((s) => useEvent(at(from) + s * 1_000, fields));
}

/** 0, step, 2 × step, … */
export function steps(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => i * step);
}

export function monthUse(events: readonly UseEvent[], normalFlow?: NormalFlow): MonthUse {
  const registry = registryOf(solutionEntries('a', normalFlow === undefined ? {} : { normalFlow }));
  const plan = planOrder(order('o', 'a'), registry);
  const sorted = [...events].sort((a, b) => a.atMs - b.atMs);
  const month = planMonthOf(plan, 1, at('2030-01-01'));
  const endMs = at(month.month.endExclusive);
  return { plan: month, weeks: plan.weeks, events: sorted, endMs };
}

export function interactionsAMonth(atLeast: number): NormalFlow {
  return { allOf: [{ metric: 'interactions', per: 'month', atLeast }] };
}

/** What the rule makes of the month's events. */
export function decided({ plan, weeks, events }: MonthUse): ComputedMonth {
  const of = countedUse(events);
  const actions = countedActionsOf(plan.version);
  const flags = flagsOf(actions, of.use.names);
  const windows = countWindowsOf(plan.windows);
  const counts = countWindows(of.use, of.people, flags, windows, actions.subsets.length);
  return decideMonth(plan, weeks, countsOf(plan, counts), Number.POSITIVE_INFINITY, 0);
}

/** Rows as they are read, of the events of a month. */
export function countedUse(events: readonly UseEvent[]): CountedUse {
  const keys = (of: (e: UseEvent) => string) =>
    Uint32Array.from(
      events.flatMap((e) => [Number(BigInt(of(e)) & 0xffffffffn), Number(BigInt(of(e)) >> 32n)]),
    );
  const actors = keys((e) => e.actor);
  const addresses = keys((e) => e.address ?? '0');
  const names = [...new Set(events.map((e) => e.action))];
  const use = {
    smeId: '12345675',
    atMs: Float64Array.from(events, (e) => e.atMs),
    receivedAtMs: Float64Array.from(events, (e) => e.receivedAtMs),
    actors,
    addresses,
    actions: Uint32Array.from(events, (e) => names.indexOf(e.action) + 1),
    names,
  };
  const people = new Numbering().of(actors);
  return { use, people, addresses: () => new Numbering().of(addresses) };
}

/** A mark of so many firms in one week, all of them customers of whose use it makes a real share. */
export function markOf(firms: number, ofFirms: number) {
  return {
    firms,
    ofFirms,
    customers: firms,
    customerWeeks: firms,
    ofCustomerWeeks: ofFirms,
  };
}
