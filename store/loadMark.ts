import type { Redis } from 'ioredis';

/**
 * Until when everything received is in the store: said by the loader, read by the workers, which
 * seal no month whose last events may still be on their way.
 */
export async function writeLoadMark(
  redis: Redis,
  prefix: string,
  loadedUntilMs: number,
): Promise<void> {
  await redis.set(keyOf(prefix), String(loadedUntilMs));
}

/** 0 where the loader has said nothing yet: then nothing is sealed. */
export async function readLoadMark(redis: Redis, prefix: string): Promise<number> {
  const text = await redis.get(keyOf(prefix));
  const loadedUntilMs = Number(text ?? 0);
  if (!Number.isSafeInteger(loadedUntilMs)) throw new RangeError('the load mark cannot be read');
  return loadedUntilMs;
}

function keyOf(prefix: string): string {
  return `${prefix}:loaded-until`;
}
