import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { FlowproofError } from '../core/errors.ts';
import { LOCK_HELD_MS, LOCK_RETRY_S, STATEMENT_MS } from '../core/limits.ts';
import { storeFailure } from './failure.ts';

/** In ms. */
export interface LockTimes {
  /** For so long Redis keeps a lock whose holder does not say anything. */
  readonly heldMs?: number;
  /** Who does not get it within this time is told to try again. */
  readonly waitMs: number;
}

/**
 * One holder at a time over all processes on one Redis. Redis gives a lock away when its time is
 * over, whatever its holder does: what must not be done twice is done right behind `confirm`.
 */
export class RedisLock {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #newToken: () => string;
  readonly #heldMs: number;
  readonly #waitMs: number;

  constructor(redis: Redis, key: string, newToken: () => string, times: LockTimes) {
    this.#redis = redis;
    this.#key = key;
    this.#newToken = newToken;
    this.#heldMs = times.heldMs ?? LOCK_HELD_MS;
    this.#waitMs = times.waitMs;
  }

  /**
   * Waits for the lock, works, and lets it go; throws `store_unavailable` where Redis does not answer,
   * or others had the lock for as long as may be waited: nothing was done then.
   * @param work is handed `confirm`, which throws where the lock was lost meanwhile, and else holds it
   * as long as a statement may take
   */
  async run(work: (confirm: () => Promise<void>) => Promise<void>): Promise<void> {
    const token = this.#newToken();
    await this.#take(token);
    let isConfirmed = false;
    try {
      await work(async () => {
        await this.#confirm(token);
        isConfirmed = true;
      });
    } catch (error) {
      // What was sent behind `confirm` may still be going on: the lock then runs out.
      if (!isConfirmed) await this.#letGo(token);
      throw error;
    }
    await this.#letGo(token);
  }

  async #take(token: string): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
    }, this.#waitMs);
    try {
      while ((await this.#ask(['SET', token, 'PX', this.#heldMs, 'NX'])) !== 'OK') {
        if (isLate) throw busy(`the lock ${this.#key} was held for ${this.#waitMs} ms by others`);
        await sleep(POLL_MS);
      }
    } catch (error) {
      // Redis may have given it, and have said so too late.
      void this.#letGo(token);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** One that cannot be let go ends by itself. */
  async #letGo(token: string): Promise<void> {
    await this.#eval(RELEASE, token, 0).catch(() => undefined);
  }

  async #confirm(token: string): Promise<void> {
    const held = await this.#eval(CONFIRM, token, Math.max(this.#heldMs, STATEMENT_MS));
    if (held !== 1) throw storeFailure(`the lock ${this.#key} was lost`);
  }

  #ask([command, token, ...rest]: [string, string, ...(string | number)[]]): Promise<unknown> {
    return answered(this.#redis.call(command, this.#key, token, ...rest));
  }

  #eval(script: string, token: string, ms: number): Promise<unknown> {
    return answered(this.#redis.eval(script, 1, this.#key, token, ms));
  }
}

const POLL_MS = 25;

const CONFIRM = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const RELEASE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`;

async function answered(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (cause) {
    throw storeFailure('Redis did not answer', cause);
  }
}

function busy(internal: string): FlowproofError {
  const detail = 'Other processes are sealing months; try again.';
  return new FlowproofError('store_unavailable', detail, { retryAfterS: LOCK_RETRY_S, internal });
}
