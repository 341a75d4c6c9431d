import { DAY_MS } from '../../core/time.ts';
import { below, type Random } from '../helpers/spoolFsRandom.ts';

/** Logs as a vendor would make them up: pure, each run of one seed the same. */

/** One made-up event; who and what are filled in by the world it is put into. */
export interface Made {
  readonly atMs: number;
  /** Null: it comes minutes to hours after, as an honest system sends. */
  readonly receivedAtMs: number | null;
  readonly person: string;
  readonly action: string;
  readonly address: string | null;
}

export interface Span {
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export function between(random: Random, least: number, most: number): number {
  return least + random() * (most - least);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const one = from[below(random, from.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
}

/** Standard normal. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Times like a person's: sessions on some days, work in hours of the day that vary, pauses between
 * acts that vary over two orders of magnitude.
 */
export function humanTimes(random: Random, count: number, span: Span): number[] {
  const days = Math.floor((span.endExclusiveMs - span.startMs) / DAY_MS);
  const times: number[] = [];
  while (times.length < count) {
    const day = below(random, days);
    let at = span.startMs + day * DAY_MS + between(random, 8.5, 18) * HOUR_MS;
    const length = Math.min(count - times.length, 2 + below(random, 6));
    for (let i = 0; i < length; i += 1) {
      times.push(Math.min(Math.round(at), span.endExclusiveMs - 1));
      at += 4 * MINUTE_MS * Math.exp(1.3 * normal(random));
    }
  }
  return times.sort((a, b) => a - b);
}

/** A timer: one event a period in the hours of work, day after day from some day on. */
export function timerTimes(
  random: Random,
  count: number,
  span: Span,
  jitterShare: number,
): number[] {
  const periodMs = Math.round(between(random, 4, 150)) * MINUTE_MS;
  const fromHour = below(random, 4) === 0 ? 0 : 8 + below(random, 3);
  const hours = fromHour === 0 ? 24 : 8 + below(random, 3);
  const perDay = Math.max(1, Math.floor((hours * HOUR_MS) / periodMs));
  const days = Math.floor((span.endExclusiveMs - span.startMs) / DAY_MS);
  const daysNeeded = Math.min(days, Math.ceil(count / perDay));
  const firstDay = below(random, days - daysNeeded + 1);
  const phase = below(random, periodMs);
  const times: number[] = [];
  for (let day = firstDay; day < days && times.length < count; day += 1) {
    const start = span.startMs + day * DAY_MS + fromHour * HOUR_MS + phase;
    for (let k = 0; k < perDay && times.length < count; k += 1) {
      const off = (2 * random() - 1) * jitterShare * periodMs;
      times.push(Math.round(start + k * periodMs + off));
    }
  }
  return times.filter((t) => t < span.endExclusiveMs).sort((a, b) => a - b);
}

/** Some hours into which everything falls: at least 15 in each. */
export function burstTimes(random: Random, count: number, span: Span, starts: number[]): number[] {
  const each = Math.ceil(Math.max(count, 15 * starts.length) / starts.length);
  return starts
    .flatMap((start) => {
      const lengthMs = between(random, 3, 50) * MINUTE_MS;
      return Array.from({ length: each }, () => Math.round(start + random() * lengthMs));
    })
    .filter((t) => t < span.endExclusiveMs)
    .sort((a, b) => a - b);
}

export interface CopyOptions {
  readonly shiftMs: number;
  readonly jitterMs: number;
}

/** The times of another stream, moved; what was of one second stays so. */
export function copiedTimes(
  random: Random,
  source: readonly number[],
  copy: CopyOptions,
): number[] {
  const off = new Map<number, number>();
  return source.map((t) => {
    const second = Math.floor(t / 1_000);
    const noise = off.get(second) ?? (2 * random() - 1) * copy.jitterMs;
    off.set(second, noise);
    return Math.round(t + copy.shiftMs + noise);
  });
}

const ACTIONS = ['update', 'update', 'update', 'create', 'delete', 'query'] as const;

/** The first of each person's day is a login, as a system that writes logins would have it. */
export function asEvents(
  random: Random,
  times: readonly number[],
  people: readonly string[],
  fields: { readonly address?: string; readonly receivedAtMs?: (atMs: number) => number } = {},
): Made[] {
  const seen = new Set<string>();
  return times.map((atMs) => {
    const person = pick(random, people);
    const day = `${person} ${Math.floor(atMs / DAY_MS)}`;
    const action = seen.has(day) ? pick(random, ACTIONS) : 'login';
    seen.add(day);
    return {
      atMs,
      receivedAtMs: fields.receivedAtMs?.(atMs) ?? null,
      person,
      action,
      address: fields.address ?? null,
    };
  });
}
