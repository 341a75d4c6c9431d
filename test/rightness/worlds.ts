import { type Ask, type Contract, recount, type SentBatch, type SentEvent } from './recount.ts';

/** Made-up orders with their events, at the places where counting goes wrong; from a seed alone. */
export interface World {
  readonly contracts: readonly Contract[];
  readonly batches: readonly SentBatch[];
}

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
const OFFSETS = ['+08:00', 'Z', '-11:00', '+14:00', '+05:45'];
const ACTIONS = ['login', 'create', 'browse', 'click', 'print', 'scan'];
const ROLES = ['owner', 'staff', 'staff', 'staff', 'consumer', 'vendor', 'system'] as const;
/** The programme admits no shorter contract. */
const MONTHS_MIN = 4;
const DAY = 86_400_000;
const TAIPEI = 8 * 3_600_000;

/**
 * Three solutions with the same use: the first asks one less than what some cycle of the firm has,
 * the second exactly that, the third one more.
 */
export function worldOf(seed: number, name: string, smeId: string): World {
  const random = randomOf(seed);
  const contractStart = pick(STARTS, random);
  const contractMonths = MONTHS_MIN + Math.floor(random() * 3);
  const startMs = Date.parse(`${contractStart}T00:00:00+08:00`);
  const lengthDays = contractMonths * 31;
  const ended = Math.floor(random() * lengthDays) + 1;
  const endedOn = random() < 0.3 ? dateOf(startMs + ended * DAY) : null;
  const uses = usesOf(startMs, lengthDays, random);
  const changeDay = dateOf(startMs + Math.floor(random() * lengthDays) * DAY);
  const ask = askOf(random);
  const other = askOf(random);
  const all = random() < 0.7;
  const contractFor = (k: number, atLeast: number): Contract => {
    const asks = random() < 0.5 ? [{ ...ask, atLeast }] : [{ ...ask, atLeast }, other];
    const normalFlow = all ? { allOf: asks } : { anyOf: asks };
    const later = { effectiveFrom: changeDay, interactions: ['print', 'scan'], normalFlow };
    const first = { effectiveFrom: '2020-01-01', interactions: ['print'], normalFlow };
    const [solutionId, versions] = [`${name}-${k}`, [first, later]];
    return { solutionId, smeId, contractStart, contractMonths, endedOn, versions };
  };
  const batches = batchesOf(
    uses,
    [0, 1, 2].map((k) => `${name}-${k}`),
    smeId,
    random,
  );
  const months = recount(contractFor(0, 1), batches, '2026-01-01');
  const values = months.flatMap((m) => m.values[0] ?? []).filter((v) => v > 0);
  const edge = values.length === 0 ? 2 : pick(values, random);
  const contracts = [-1, 0, 1].map((step, k) => contractFor(k, Math.max(1, edge + step)));
  return { contracts, batches };
}

/** Days on which answers are compared: in the contract, around ends of months and graces, long after. */
export function askingDays(contract: Contract, random: () => number): string[] {
  const startMs = Date.parse(`${contract.contractStart}T00:00:00+08:00`);
  const some = Array.from({ length: 3 }, () =>
    dateOf(startMs + Math.floor(random() * (contract.contractMonths + 1) * 31) * DAY),
  );
  return [...some, '2025-06-01'];
}

interface Use {
  readonly occurredMs: number;
  readonly receivedAtMs: number;
  readonly fields: Pick<SentEvent, 'actorId' | 'actorRole' | 'action'>;
}

function usesOf(startMs: number, lengthDays: number, random: () => number): Use[] {
  const count = Math.floor(random() * 20) + 8;
  return Array.from({ length: count }, () => {
    const day = Math.floor(random() * (lengthDays + 20)) - 10;
    const inDay = pick([0, DAY - 1, Math.floor(random() * DAY)], random);
    const occurredMs = startMs + day * DAY + inDay;
    const delays = [1_000, DAY, 6 * DAY, 7 * DAY, 20 * DAY, 40 * DAY];
    const receivedAtMs = occurredMs + pick(delays, random) + pick([0, 1, -1], random);
    const actorId = `u${Math.floor(random() * 4)}`;
    const fields = { actorId, actorRole: pick(ROLES, random), action: pick(ACTIONS, random) };
    return { occurredMs, receivedAtMs, fields };
  });
}

/** Each use in every solution, some of it again, some under a known id with another content. */
function batchesOf(
  uses: readonly Use[],
  solutions: readonly string[],
  smeId: string,
  random: () => number,
): SentBatch[] {
  const batches = uses.map(({ occurredMs, receivedAtMs, fields }, n) => {
    const occurredAt = written(occurredMs, pick(OFFSETS, random));
    const events = solutions.map((solutionId) => ({
      id: `${solutionId}-${n}`,
      solutionId,
      smeId,
      ...fields,
      occurredAt,
    }));
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
  return () => {
    state = (((state * factor + step) % modulus) + modulus) % modulus;
    return Number(state >> 16n) / 2 ** 32;
  };
}
