/**
 * A second path to the months of an order: plain code over the events as they were sent, written
 * from the rules alone. It shares nothing with the product: no import, its own calendar, no SQL.
 */

export interface SentEvent {
  readonly id: string;
  readonly smeId: string;
  readonly solutionId: string;
  readonly actorId: string;
  readonly actorRole: 'owner' | 'staff' | 'consumer' | 'vendor' | 'system';
  readonly action: string;
  readonly occurredAt: string;
}

/** Events with the instant at which their request came, in the order of coming. */
export interface SentBatch {
  readonly receivedAtMs: number;
  readonly events: readonly SentEvent[];
}

export interface Ask {
  readonly metric: 'logins' | 'interactions' | 'activeUsers';
  readonly actions?: readonly string[];
  readonly per: 'day' | 'week' | 'month';
  readonly atLeast: number;
  readonly in?: number;
}

export interface Version {
  readonly effectiveFrom: string;
  readonly interactions: readonly string[];
  readonly normalFlow: { readonly allOf: readonly Ask[] } | { readonly anyOf: readonly Ask[] };
}

export interface Contract {
  readonly solutionId: string;
  readonly smeId: string;
  readonly contractStart: string;
  readonly contractMonths: number;
  /** The first day without service, where it ended early. */
  readonly endedOn: string | null;
  readonly versions: readonly Version[];
}

export interface RecountedCriterion {
  readonly cyclesMet: number;
  readonly cyclesAsked: number;
  /** Of its cycles, in order. */
  readonly values: readonly number[];
  readonly met: boolean;
}

export interface RecountedMonth {
  readonly month: number;
  readonly state: string;
  readonly claimable: boolean;
  readonly totals: { logins: number; interactions: number; activeUsers: number; events: number };
  readonly criteria: readonly RecountedCriterion[];
}

const DAY = 86_400_000;
const GRACE = 7 * DAY;
const SIX = ['create', 'update', 'delete', 'query', 'browse', 'click'];

/** A month that was counted anew: with all that came before this instant. */
export interface ReopenedMonth {
  readonly month: number;
  readonly atMs: number;
}

/** One vendor's batches; `asOf` is a day. */
export function recount(
  contract: Contract,
  batches: readonly SentBatch[],
  asOf: string,
  reopened: ReopenedMonth | null = null,
): RecountedMonth[] {
  const nowMs = midnight(dayOf(asOf));
  const standing = firstOfEachId(batches).filter(
    (e) =>
      e.event.solutionId === contract.solutionId &&
      e.event.smeId === contract.smeId &&
      (e.event.actorRole === 'owner' || e.event.actorRole === 'staff') &&
      e.receivedAtMs < nowMs,
  );
  const months = monthsOf(contract);
  return months.map(([from, to], i) => {
    const version = inForce(contract.versions, from);
    const limitMs = reopened?.month === i + 1 ? reopened.atMs : midnight(to) + GRACE;
    const inTime = standing.filter((e) => e.receivedAtMs < limitMs);
    const flow = version.normalFlow;
    const asks = 'allOf' in flow ? flow.allOf : flow.anyOf;
    const between = (a: number, b: number) => inTime.filter((e) => e.day >= a && e.day < b);
    const criteria = asks.map((ask) => {
      const cycles = cyclesOf(ask.per, months, i);
      return judged(
        ask,
        cycles.map(([a, b]) => measure(between(a, b), ask, version)),
      );
    });
    const own = between(from, to);
    const isMet = 'allOf' in flow ? criteria.every((c) => c.met) : criteria.some((c) => c.met);
    const total = (metric: Ask['metric']) =>
      measure(own, { metric, per: 'month', atLeast: 1 }, version);
    const totals = {
      logins: total('logins'),
      interactions: total('interactions'),
      activeUsers: total('activeUsers'),
      events: own.length,
    };
    const state = stateOf(to, nowMs, own.length, isMet);
    return { month: i + 1, state, claimable: state === 'met', totals, criteria };
  });
}

interface Standing {
  readonly event: SentEvent;
  readonly receivedAtMs: number;
  readonly day: number;
}

function firstOfEachId(batches: readonly SentBatch[]): Standing[] {
  const first = new Map<string, Standing>();
  for (const { receivedAtMs, events } of batches) {
    for (const event of events) {
      const day = Math.floor((Date.parse(event.occurredAt) + 8 * 3_600_000) / DAY);
      if (!first.has(event.id)) first.set(event.id, { event, receivedAtMs, day });
    }
  }
  return [...first.values()];
}

function stateOf(to: number, nowMs: number, events: number, isMet: boolean): string {
  if (midnight(to) > nowMs) return 'open';
  if (midnight(to) + GRACE > nowMs) return 'pending';
  if (events === 0) return 'silent';
  return isMet ? 'met' : 'short';
}

function judged(ask: Ask, values: readonly number[]): RecountedCriterion {
  const cyclesMet = values.filter((v) => v >= ask.atLeast).length;
  const cyclesAsked = Math.min(ask.in ?? values.length, values.length);
  return { cyclesMet, cyclesAsked, values, met: values.length > 0 && cyclesMet >= cyclesAsked };
}

function measure(events: readonly Standing[], ask: Ask, version: Version): number {
  const known = [...SIX, ...version.interactions];
  const logins = events.filter((e) => e.event.action === 'login');
  const interactions = events.filter((e) => known.includes(e.event.action));
  if (ask.metric === 'logins') return logins.length;
  if (ask.metric === 'activeUsers') {
    return new Set([...logins, ...interactions].map((e) => e.event.actorId)).size;
  }
  const wanted = ask.actions ?? known;
  return interactions.filter((e) => wanted.includes(e.event.action)).length;
}

function inForce(versions: readonly Version[], day: number): Version {
  const sorted = [...versions].sort((a, b) => dayOf(a.effectiveFrom) - dayOf(b.effectiveFrom));
  let found = sorted[0];
  for (const version of sorted) if (dayOf(version.effectiveFrom) <= day) found = version;
  if (found === undefined) throw new Error('no version');
  return found;
}

/** Days from and to, to exclusive. */
type Days = readonly [number, number];

function monthsOf(contract: Contract): Days[] {
  const [y = 0, m = 0, d = 0] = contract.contractStart.split('-').map(Number);
  const startOf = (k: number) => {
    const last = new Date(Date.UTC(y, m - 1 + k + 1, 0)).getUTCDate();
    return Date.UTC(y, m - 1 + k, Math.min(d, last)) / DAY;
  };
  const own = startOf(contract.contractMonths);
  const end = contract.endedOn === null ? own : Math.min(own, dayOf(contract.endedOn));
  const months: Days[] = [];
  for (let k = 0; k < contract.contractMonths && startOf(k) < end; k += 1) {
    months.push([startOf(k), Math.min(startOf(k + 1), end)]);
  }
  return months;
}

/** The days that each cycle of a month counts. */
function cyclesOf(per: Ask['per'], months: readonly Days[], index: number): Days[] {
  const [from, to] = months[index] ?? [0, 0];
  if (per === 'month') return [[from, to]];
  if (per === 'day') return Array.from({ length: to - from }, (_, i) => [from + i, from + i + 1]);
  const [first] = months[0] ?? [0];
  const [, end] = months.at(-1) ?? [0, 0];
  const weeks: Days[] = [];
  // Day 0 was a Thursday.
  for (let monday = from - ((from + 3) % 7); monday < to; monday += 7) {
    const held = Math.min(monday + 7, to) - Math.max(monday, from);
    if (held >= 4) weeks.push([Math.max(monday, first), Math.min(monday + 7, end)]);
  }
  return weeks;
}

function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY;
}

/** The first instant of a day in Taipei. */
function midnight(day: number): number {
  return day * DAY - 8 * 3_600_000;
}
