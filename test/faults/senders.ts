import type { Answer, Client } from '../helpers/app.ts';
import { below, type Random, seededRandom } from '../helpers/spoolFsRandom.ts';
import type { Manifest, SentBatch } from './manifest.ts';
import { pause } from './scenario.ts';

export interface SendersOptions {
  readonly manifest: Manifest;
  /** Asked before each request: a restarted server has another address. */
  readonly client: () => Client;
  readonly lanes: number;
  readonly eventsPerBatch: number;
  /** Of all lanes together; Infinity: each sends as soon as it was answered. */
  readonly batchesPerSecond: number;
  readonly seed: number;
}

/** An answer, or that none came. */
export interface Exchange {
  readonly atMs: number;
  readonly ms: number;
  /** 0: no answer. */
  readonly status: number;
}

/** A share of the acknowledged batches is sent again all the same, as careful senders do. */
const AGAIN_SHARE = 0.05;
/** Senders whose server is away wait so long; a real one waits longer. */
const AWAY_MS = 50;

/**
 * Senders over several connections, which keep the manifest: a batch that was not answered is sent
 * again until it is, unchanged, now and then by another lane.
 */
export class Senders {
  readonly exchanges: Exchange[] = [];
  /** Answers that no sender may ever get. */
  readonly problems: string[] = [];
  readonly #options: SendersOptions;
  readonly #random: Random;
  readonly #again: SentBatch[] = [];
  #stopped = false;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(options: SendersOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  static start(options: SendersOptions): Senders {
    const senders = new Senders(options);
    const lanes = Array.from({ length: options.lanes }, () => senders.#lane());
    senders.#running = Promise.all(lanes);
    return senders;
  }

  /** Ends after the requests under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Sends all that was never acknowledged until it is, at most so often. */
  async settle(attempts = 100): Promise<void> {
    for (let left = attempts; left > 0; left -= 1) {
      const open = this.#options.manifest.unanswered;
      if (open.length === 0) return;
      for (const batch of open) await this.#send(batch);
    }
    const { length } = this.#options.manifest.unanswered;
    this.problems.push(`${length} batches are never acknowledged`);
  }

  async #lane(): Promise<void> {
    const { lanes, batchesPerSecond, manifest, eventsPerBatch } = this.#options;
    const everyMs = (lanes / batchesPerSecond) * 1_000;
    let nextMs = performance.now() + this.#random() * everyMs;
    while (!this.#stopped) {
      if (everyMs > 0) await pause(Math.max(0, nextMs - performance.now()));
      nextMs += everyMs;
      const batch = this.#again.shift() ?? manifest.next(eventsPerBatch);
      await this.#send(batch);
      const isAgain = !batch.acknowledged || this.#random() < AGAIN_SHARE;
      // Somewhere in the queue: what is new goes between.
      if (isAgain) this.#again.splice(below(this.#random, this.#again.length + 1), 0, batch);
    }
  }

  async #send(batch: SentBatch): Promise<void> {
    const startMs = performance.now();
    const answer = await sendBatch(this.#options.client(), batch);
    const status = answer?.status ?? 0;
    this.exchanges.push({ atMs: Date.now(), ms: performance.now() - startMs, status });
    if (status !== 200) await pause(AWAY_MS);
    if (status !== 200 && status !== 503 && status !== 0) {
      this.problems.push(`a batch was answered ${status}`);
    }
    if (status === 503 && answer?.headers.get('retry-after') === null) {
      this.problems.push('a 503 came without Retry-After');
    }
  }
}

/** null where no answer came; a 200 makes the batch acknowledged. */
export async function sendBatch(client: Client, batch: SentBatch): Promise<Answer | null> {
  batch.attempts += 1;
  try {
    const answer = await client.sendOnly('POST', '/v1/events', batch.events);
    if (answer.status === 200) {
      const { accepted } = answer.json<{ accepted: number }>();
      if (accepted !== batch.ids.length) throw new Error(`${accepted} events were accepted`);
      batch.acknowledged = true;
    }
    return answer;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
