import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  LOAD_BYTES_MAX,
  LOAD_PAUSE_MS,
  LOAD_RETRY_BYTES_MAX,
  LOAD_RETRY_MAX_MS,
  LOAD_RETRY_MIN_MS,
  LOADER_STALLED_MS,
} from '../core/limits.ts';
import { storeFailure } from '../store/failure.ts';
import type { SpoolCursor } from './spool/cursor.ts';
import { comparePositions, type SpoolPosition } from './spool/position.ts';
import type { Spool } from './spool/spool.ts';
import { quietly } from './spool/spoolFs.ts';
import { decodeBatch, type SpooledBatch } from './spoolBatch.ts';
import type { RangeWriter } from './writer.ts';

export interface LoaderDependencies {
  /** Stores a batch once, however often it is written. */
  readonly store: RangeWriter;
  readonly spool: Spool;
  readonly cursor: SpoolCursor;
  readonly clock: () => number;
  /** The store did not take a range; it is tried again until it does. */
  readonly onRetry: (error: unknown, failures: number) => void;
}

/**
 * Moves what is durable in the spool into the store, in order, for ever: nothing is dropped, however
 * often the store fails. The cursor moves only over what is stored, and only behind it are segments
 * deleted.
 */
export class Loader {
  readonly #deps: LoaderDependencies;
  #position: SpoolPosition;
  #failures = 0;
  /** Of the spool, behind which the store was reconciled. */
  #losses: number;
  /** Files that are loaded may be there still, also from an earlier process. */
  #mayRelease = true;
  #lastSuccessMs: number;
  #closed = false;
  #wake: (reason: WakeReason) => void = () => undefined;
  #loadedListeners: { readonly position: SpoolPosition; readonly done: () => void }[] = [];
  #loadedUntilMs = 0;
  readonly #expected = new Set<{ readonly receivedAtMs: number }>();
  #running: Promise<void> = Promise.resolve();

  private constructor(deps: LoaderDependencies) {
    this.#deps = deps;
    this.#position = deps.cursor.position ?? deps.spool.firstPosition;
    this.#lastSuccessMs = deps.clock();
    this.#losses = deps.spool.losses;
  }

  static start(deps: LoaderDependencies): Loader {
    const loader = new Loader(deps);
    loader.#running = loader.#run();
    return loader;
  }

  /** Something became durable. */
  wake(): void {
    this.#wake('appended');
  }

  /** Resolves when all that is durable now is in the store. */
  settled(): Promise<void> {
    const position = this.#deps.spool.durableEnd;
    if (!isBefore(this.#position, position)) return Promise.resolve();
    return new Promise((done) => {
      this.#loadedListeners.push({ position, done });
      this.#wake('asked');
    });
  }

  /**
   * A batch is on its way into the spool.
   * @returns what says that it is there, or never will be
   */
  expect(receivedAtMs: number): () => void {
    const batch = { receivedAtMs };
    this.#expected.add(batch);
    return () => this.#expected.delete(batch);
  }

  /** Every event received before this instant is in the store; 0 where that is not known yet. */
  get loadedUntilMs(): number {
    const isIdle = !isBefore(this.#position, this.#deps.spool.durableEnd);
    let untilMs = isIdle ? this.#deps.clock() : this.#loadedUntilMs;
    for (const { receivedAtMs } of this.#expected) untilMs = Math.min(untilMs, receivedAtMs);
    return untilMs;
  }

  /** Throws `store_unavailable` where nothing was loaded for too long while something waits. */
  assertMoving(): void {
    const idleMs = this.#deps.clock() - this.#lastSuccessMs;
    if (idleMs < LOADER_STALLED_MS) return;
    throw storeFailure(`nothing was loaded for ${idleMs} ms, ${this.#failures} failures in a row`);
  }

  /** Ends after the range under way; the rest is loaded at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake('closed');
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        const loaded = await this.#loadNext();
        this.#failures = 0;
        this.#lastSuccessMs = this.#deps.clock();
        if (loaded === 'nothing') {
          if (this.#mayRelease) await this.#release();
          await this.#sleep(IDLE_MS, ['appended', 'asked']);
        } else if (loaded === 'all' && this.#loadedListeners.length === 0) {
          await this.#sleep(LOAD_PAUSE_MS, ['asked']);
        }
      } catch (error) {
        this.#failures += 1;
        this.#deps.onRetry(error, this.#failures);
        await this.#sleep(backoffMs(this.#failures), []);
      }
    }
  }

  /** `all`: nothing was left behind the range when it was read. */
  async #loadNext(): Promise<'nothing' | 'a part' | 'all'> {
    const { spool, store } = this.#deps;
    // A large range read for a store that is away would hold up requests, again and again.
    const bytesMax = this.#failures === 0 ? LOAD_BYTES_MAX : LOAD_RETRY_BYTES_MAX;
    const { records, next } = await spool.read(this.#position, bytesMax);
    const { losses } = spool;
    if (losses > this.#losses) {
      await store.reconcile();
      this.#losses = losses;
    }
    if (records.length === 0 && !isBefore(this.#position, next)) return 'nothing';
    const isAll = !isBefore(next, spool.durableEnd);
    const batches: SpooledBatch[] = [];
    for (const [i, record] of records.entries()) {
      // Requests are answered in between.
      if (i > 0 && i % BATCHES_AT_A_STRETCH === 0) await nextTurn();
      batches.push(decodeBatch(record));
    }
    await store.writeRange(batches);
    this.#loadedUntilMs = batches.at(-1)?.batch.receivedAtMs ?? this.#loadedUntilMs;
    await this.#advance(next);
    return isAll ? 'all' : 'a part';
  }

  async #advance(position: SpoolPosition): Promise<void> {
    await this.#deps.cursor.save(position);
    this.#position = position;
    this.#announce();
    await this.#release();
  }

  /** What is stored is loaded, whether or not its file goes: that is told, and tried when idle. */
  async #release(): Promise<void> {
    this.#mayRelease = true;
    if (await quietly(this.#deps.spool.release(this.#position))) this.#mayRelease = false;
  }

  #announce(): void {
    const waiting = this.#loadedListeners;
    this.#loadedListeners = waiting.filter((l) => isBefore(this.#position, l.position));
    for (const { position, done } of waiting) if (!isBefore(this.#position, position)) done();
  }

  /** Closing ends every sleep; what else does is said. */
  #sleep(ms: number, endedBy: readonly WakeReason[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = (reason) => {
        if (reason !== 'closed' && !endedBy.includes(reason)) return;
        clearTimeout(timer);
        resolve();
      };
      if (this.#closed) this.#wake('closed');
    });
  }
}

/** New events; someone who waits for what is durable now; the end. */
type WakeReason = 'appended' | 'asked' | 'closed';

/** Woken by every append; this is for what a wake-up missed. */
const IDLE_MS = 200;
const BATCHES_AT_A_STRETCH = 64;

function isBefore(a: SpoolPosition, b: SpoolPosition): boolean {
  return comparePositions(a, b) < 0;
}

function backoffMs(failures: number): number {
  return Math.min(LOAD_RETRY_MAX_MS, LOAD_RETRY_MIN_MS * 2 ** Math.min(failures - 1, 20));
}
