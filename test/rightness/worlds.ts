import {
  type Ask,
  type Contract,
  type RecountedCriterion,
  type ReopenedMonth,
  recount,
  type SentBatch,
  type SentEvent,
} from './recount.ts';

/** Made-up orders with their events, at the places where counting goes wrong; from a seed alone. */
export interface World {
  readonly contracts: readonly Contract[];
  readonly batches: readonly SentBatch[];
}

/** Where a month begins on a day that others lack, and some of the others. */
const STARTS = [
  '2023-01-31',
  '2023-08-30',
  '2024-01-29',
  '2024-02-29',
  '2023-12-31',
  '2023-04-15',
  '2023-05-01',
  '2023-10-28',
];
/** Else any day of a year and a half, so that all events come before the worlds are sealed. */
const FIRST_START_MS = Date.parse('2023-01-01T00:00:00+08:00');
const START_DAYS = 547;
const OFFSETS = ['+08:00', 'Z', '-11:00', '+14:00', '+05:45'];
const ACTIONS = ['login', 'create', 'browse', 'click', 'print', 'scan'];
const ROLES = ['owner', 'staff', 'staff', 'staff', 'consumer', 'vendor', 'system'] as const;
/** The programme admits no shorter contract. */
const MONTHS_MIN = 4;
const DAY = 86_400_000;
const TAIPEI = 8 * 3_600_000;

/**
 * Three solutions with the same use: their thresholds are one less than the edge, the edge, and one
 * more. The edge is where a month of the firm turns.
 */
export function worldOf(seed: number, name: string, smeId: string): World {
  const random = randomOf(seed);
  const contractStart = startOf(random);
  const contractMonths = MONTHS_MIN + Math.floor(random() * 3);
  const startMs = Date.parse(`${contractStart}T00:00:00+08:00`);
  const lengthDays = contractMonths * 31;
  const ended = Math.floor(random() * lengthDays) + 1;
  const endedOn = random() < 0.3 ? dateOf(startMs + ended * DAY) : null;
  const deliveries = deliveriesOf(startMs, lengthDays, random);
  const changeDay = dateOf(startMs + Math.floor(random() * lengthDays) * DAY);
  const ask = askOf(random);
  const other = askOf(random);
  const [all, alone] = [random() < 0.7, random() < 0.5];
  const contractFor = (k: number, own: Ask): Contract => {
    const asks = alone ? [own] : [own, other];
    const normalFlow = all ? { allOf: asks } : { anyOf: asks };
    const later = { effectiveFrom: changeDay, interactions: ['print', 'scan'], normalFlow };
    const first = { effectiveFrom: '2020-01-01', interactions: ['print'], normalFlow };
    const [solutionId, versions] = [`${name}-${k}`, [first, later]];
    return { solutionId, smeId, contractStart, contractMonths, endedOn, versions };
  };
  const solutions = [0, 1, 2].map((k) => `${name}-${k}`);
  const batches = batchesOf(deliveries, solutions, smeId, random);
  const months = recount(contractFor(0, ask), batches, '2026-01-01');
  const edge = edgeOf(
    ask,
    months.map((m) => m.criteria[0]),
    random,
  );
  const contracts = [-1, 0, 1].map((step, k) =>
    contractFor(k, { ...edge, atLeast: edge.atLeast + step }),
  );
  return { contracts, batches };
}

function startOf(random: () => number): string {
  if (random() < 0.5) return pick(STARTS, random);
  return dateOf(FIRST_START_MS + Math.floor(random() * START_DAYS) * DAY);
}

/** At least 2, so that one less still asks for something. */
const EDGE_MIN = 2;

/**
 * A threshold at which some month turns: it asks for as many cycles as reach a value that it has.
 * With that value as the edge one more is too much, with the next one the edge itself is.
 */
function edgeOf(
  ask: Ask,
  months: readonly (RecountedCriterion | undefined)[],
  random: () => number,
): Ask {
  const places = months.flatMap((month) => {
    const values = month?.values ?? [];
    return values.filter((v) => v >= EDGE_MIN).map((value) => ({ value, values }));
  });
  if (places.length === 0) return { ...ask, atLeast: EDGE_MIN };
  const { value, values } = pick(places, random);
  const cycles = values.filter((v) => v >= value).length;
  const { in: _, ...everyCycle } = ask;
  const atLeast = value + pick([0, 1], random);
  return cycles === values.length ? { ...everyCycle, atLeast } : { ...ask, in: cycles, atLeast };
}

/** Days on which answers are compared: in the contract, around ends of months and graces, long after. */
export function askingDays(contract: Contract, random: () => number): string[] {
  const startMs = Date.parse(`${contract.contractStart}T00:00:00+08:00`);
  const some = Array.from({ length: 3 }, () =>
    dateOf(startMs + Math.floor(random() * (contract.contractMonths + 1) * 31) * DAY),
  );
  return [...some, '2025-06-01'];
}

/** One sealed month of one order that is counted anew, with the late use of the whole order. */
export interface Reopening extends ReopenedMonth {
  readonly contract: Contract;
  /** Received in the last millisecond before it. */
  readonly before: SentBatch;
  /** Received in its own millisecond, and so not before it. */
  readonly after: SentBatch;
}

export function reopeningOf({ contracts }: World, atMs: number, random: () => number): Reopening {
  const contract = pick(contracts, random);
  const { solutionId, smeId, contractStart, contractMonths } = contract;
  const startMs = Date.parse(`${contractStart}T00:00:00+08:00`);
  const months = recount(contract, [], dateOf(atMs)).length;
  const lateBatch = (name: string, receivedAtMs: number): SentBatch => {
    const events = Array.from({ length: LATE_USES }, (_, i) => {
      const { occurredMs, fields } = useAt(startMs + random() * contractMonths * 31 * DAY, random);
      const occurredAt = written(occurredMs, pick(OFFSETS, random));
      return { id: `${solutionId}-${name}-${i}`, solutionId, smeId, ...fields, occurredAt };
    });
    return { receivedAtMs, events };
  };
  return {
    contract,
    month: 1 + Math.floor(random() * months),
    atMs,
    before: lateBatch('before', atMs - 1),
    after: lateBatch('after', atMs),
  };
}

/** So many that most months have some that count. */
const LATE_USES = 40;

interface Use {
  readonly occurredMs: number;
  readonly fields: Pick<SentEvent, 'actorId' | 'actorRole' | 'action'>;
}

/** What one request brings. */
interface Delivery {
  readonly receivedAtMs: number;
  readonly uses: readonly Use[];
}

function deliveriesOf(startMs: number, lengthDays: number, random: () => number): Delivery[] {
  const count = Math.floor(random() * 20) + 8;
  return Array.from({ length: count }, () => {
    const day = Math.floor(random() * (lengthDays + 20)) - 10;
    const inDay = pick([0, DAY - 1, Math.floor(random() * DAY)], random);
    const lastMs = startMs + day * DAY + inDay;
    const delays = [1_000, DAY, 6 * DAY, 7 * DAY, 20 * DAY, 40 * DAY];
    const receivedAtMs = lastMs + pick(delays, random) + pick([0, 1, -1], random);
    const more = Array.from({ length: Math.floor(random() * USES_MAX) }, () =>
      useAt(lastMs - Math.floor(random() * SPAN_DAYS * DAY), random),
    );
    return { receivedAtMs, uses: [useAt(lastMs, random), ...more] };
  });
}

/** So many in one request, over so many days, that most months have cycles with some use. */
const USES_MAX = 16;
const SPAN_DAYS = 6;

function useAt(occurredMs: number, random: () => number): Use {
  const actorId = `u${Math.floor(random() * 4)}`;
  const fields = { actorId, actorRole: pick(ROLES, random), action: pick(ACTIONS, random) };
  return { occurredMs, fields };
}

/** Each use in every solution, some of it again, some under a known id with another content. */
function batchesOf(
  deliveries: readonly Delivery[],
  solutions: readonly string[],
  smeId: string,
  random: () => number,
): SentBatch[] {
  const batches = deliveries.map(({ receivedAtMs, uses }, n) => {
    const events = uses.flatMap(({ occurredMs, fields }, i) => {
      const occurredAt = written(occurredMs, pick(OFFSETS, random));
      return solutions.map((solutionId) => {
        const id = `${solutionId}-${n}-${i}`;
        return { id, solutionId, smeId, ...fields, occurredAt };
      });
    });
    return { receivedAtMs, events };
  });
  const again = batches
    .filter(() => random() < 0.3)
    .map(({ receivedAtMs, events }) => ({
      receivedAtMs: receivedAtMs + Math.floor(random() * 10 * DAY) + 1,
      events: random() < 0.5 ? events : events.map((e) => ({ ...e, actorRole: 'owner' as const })),
    }));
  return [...batches, ...again].sort((a, b) => a.receivedAtMs - b.receivedAtMs);
}

function askOf(random: () => number): Ask {
  const metric = pick(['logins', 'interactions', 'activeUsers'] as const, random);
  const per = pick(['day', 'week', 'month'] as const, random);
  const named = metric === 'interactions' && random() < 0.4;
  return {
    metric,
    per,
    atLeast: 1 + Math.floor(random() * 3),
    ...(named ? { actions: ['create', 'print'] } : {}),
    ...(random() < 0.6 ? { in: 1 + Math.floor(random() * 5) } : {}),
  };
}

/** The instant as a clock with this offset writes it. */
function written(ms: number, offset: string): string {
  const match = /^([+-])(\d\d):(\d\d)$/.exec(offset);
  const minutes = match === null ? 0 : Number(match[2]) * 60 + Number(match[3]);
  const shift = (match?.[1] === '-' ? -1 : 1) * minutes * 60_000;
  return `${new Date(ms + shift).toISOString().slice(0, 23)}${offset}`;
}

function dateOf(ms: number): string {
  return new Date(ms + TAIPEI).toISOString().slice(0, 10);
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Numbers in [0, 1) that a seed repeats: a linear congruential generator over 2^48. */
export function randomOf(seed: number): () => number {
  const [modulus, factor, step] = [2n ** 48n, 25_214_903_917n, 11n];
  let state = (BigInt(seed) ^ factor) % modulus;
  const next = () => {
    state = (((state * factor + step) % modulus) + modulus) % modulus;
    return Number(state >> 16n) / 2 ** 32;
  };
  // The first number of small seeds is nearly the same.
  next();
  return next;
}
