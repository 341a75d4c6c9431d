import { addDays, DAY_MS, dateOf } from '../../core/time.ts';
import { type Client, type EventBody, eventOf, type Seed } from '../helpers/app.ts';
import { pause } from './scenario.ts';

/**
 * A contract whose first month ended some days ago and is inside its grace, and whose second runs:
 * what is sent now counts, in either, and also what is sent a day later.
 */
export function twoMonthsAt(nowMs: number) {
  return { contractStart: addDays(dateOf(nowMs), -33) };
}
/** How long ago the events of each contract month happened. */
const MONTH_AGES_MS: readonly number[] = [20 * DAY_MS, DAY_MS];

export interface SentBatch {
  readonly ids: readonly string[];
  readonly events: readonly EventBody[];
  acknowledged: boolean;
  attempts: number;
}

interface LoggedEvent {
  readonly id: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly counted: boolean;
}

/** What the store has, held against what was sent. */
export interface Comparison {
  readonly stored: readonly LoggedEvent[];
  /** Acknowledged and not there. */
  readonly lost: number;
  /** There more than once, or counted more than once by the months. */
  readonly double: number;
  readonly problems: readonly string[];
}

/** What the senders keep: everything that was sent, and what of it was acknowledged. */
export class Manifest {
  readonly seed: Seed;
  readonly batches: SentBatch[] = [];
  readonly #name: string;
  readonly #startMs: number;
  readonly #occurredAt = new Map<string, string>();

  /** @param nowMs the server's clock */
  constructor(seed: Seed, name: string, nowMs: number = Date.now()) {
    this.seed = seed;
    this.#name = name;
    this.#startMs = nowMs;
  }

  /** A batch that was never sent: half of its events in each contract month. */
  next(events: number): SentBatch {
    const ids = Array.from(
      { length: events },
      (_, i) => `${this.#name}-${this.batches.length}-${i}`,
    );
    const bodies = ids.map((id, i) => {
      const age = MONTH_AGES_MS[i % MONTH_AGES_MS.length] ?? 0;
      const occurredAt = new Date(this.#startMs - age + this.#occurredAt.size).toISOString();
      this.#occurredAt.set(id, occurredAt);
      return eventOf(this.seed, { id, occurredAt });
    });
    const batch = { ids, events: bodies, acknowledged: false, attempts: 0 };
    this.batches.push(batch);
    return batch;
  }

  get acknowledged(): number {
    return this.batches.reduce((sum, b) => sum + (b.acknowledged ? b.ids.length : 0), 0);
  }

  get unanswered(): SentBatch[] {
    return this.batches.filter((batch) => !batch.acknowledged);
  }

  /**
   * Compares once nothing acknowledged is missing, at the latest after so long. The server may be
   * busy with what it found at its start.
   */
  async compare(admin: Client, timeoutMs = 30_000): Promise<Comparison> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const isLast = Date.now() >= until;
      const counts = await countsOf(admin, this.seed.orderId);
      if (isLast || sumOf(counts) >= this.acknowledged) {
        const stored = await eventsOf(admin, this.seed.orderId);
        const comparison = this.#compareWith(stored, counts);
        if (isLast || (comparison.lost === 0 && comparison.problems.length === 0)) {
          return comparison;
        }
      }
      await pause(200);
    }
  }

  #compareWith(stored: readonly LoggedEvent[], counts: readonly number[]): Comparison {
    const found = new Set(stored.map(({ id }) => id));
    const asked = this.batches.filter((b) => b.acknowledged).flatMap((b) => b.ids);
    const problems: string[] = [];
    const strange = stored.filter((e) => !this.#isAsSent(e));
    if (strange.length > 0) problems.push(`${strange.length} events are not as they were sent`);
    const uncounted = stored.filter((event) => !event.counted).length;
    if (uncounted > 0) problems.push(`${uncounted} events are not counted`);
    const expected = MONTH_AGES_MS.map(
      (_, i) => [...found].filter((id) => monthOf(id) === i).length,
    );
    if (expected.some((count, i) => counts[i] !== count)) {
      problems.push(`the months count ${counts.join(' and ')}, not ${expected.join(' and ')}`);
    }
    return {
      stored,
      lost: asked.filter((id) => !found.has(id)).length,
      double: Math.max(stored.length, sumOf(counts)) - found.size,
      problems,
    };
  }

  #isAsSent({ id, occurredAt }: LoggedEvent): boolean {
    const sent = this.#occurredAt.get(id);
    return sent !== undefined && Date.parse(sent) === Date.parse(occurredAt);
  }
}

function monthOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1)) % MONTH_AGES_MS.length;
}

/** Of each contract month. */
export async function countsOf(admin: Client, orderId: string): Promise<number[]> {
  const answer = await admin.get(`/v1/orders/${orderId}/months`);
  const { months } = answer.ok<{ months: { totals: { events: number } }[] }>();
  return months.slice(0, MONTH_AGES_MS.length).map((month) => month.totals.events);
}

/** Every stored event of the order, page by page. */
export async function eventsOf(admin: Client, orderId: string): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  let cursor = '';
  do {
    const answer = await admin.get(`/v1/orders/${orderId}/events?limit=1000${cursor}`);
    const page = answer.ok<{ items: LoggedEvent[]; nextCursor: string | null }>();
    events.push(...page.items);
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  return events;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
