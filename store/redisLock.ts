import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { storeFailure } from './failure.ts';

/**
 * One holder at a time over all processes on one Redis. Redis gives a lock away when its time is
 * over, whatever its holder does: what must not be done twice is done right behind `confirm`.
 */
export class RedisLock {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #newToken: () => string;
  readonly #heldMs: number;

  /** @param heldMs see `LOCK_HELD_MS`; shorter in tests */
  constructor(redis: Redis, key: string, newToken: () => string, heldMs: number = LOCK_HELD_MS) {
    this.#redis = redis;
    this.#key = key;
    this.#newToken = newToken;
    this.#heldMs = heldMs;
  }

  /**
   * Waits for the lock, works, and lets it go; throws `store_unavailable` where Redis does not answer.
   * @param work is handed `confirm`, which throws where the lock was lost meanwhile, and else holds it
   * as long as a statement may take
   */
  async run(work: (confirm: () => Promise<void>) => Promise<void>): Promise<void> {
    const token = this.#newToken();
    while ((await this.#ask(['SET', token, 'PX', this.#heldMs, 'NX'])) !== 'OK') {
      await sleep(POLL_MS);
    }
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

/** A process that was killed holds up the others so long; what is done before `confirm` is shorter. */
const LOCK_HELD_MS = 30_000;
/** Longer than a statement of ours may run: one that was sent has ended before another may hold it. */
const STATEMENT_MS = 150_000;
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
