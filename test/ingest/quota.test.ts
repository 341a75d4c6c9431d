import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Quota } from '../../ingest/quota.ts';

const refused = (retryAfterS: number) =>
  expect.objectContaining({ code: 'over_quota', status: 429, retryAfterS });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a quota of 100 events a minute', () => {
  const quota = async (...taken: number[]) => {
    const fresh = new Quota(100);
    for (const events of taken) await fresh.take('v', events);
    return fresh;
  };

  it('admits the hundredth event and refuses the next, alone or in one request (I-100)', async () => {
    await expect((await quota(99, 1)).take('v', 1)).rejects.toEqual(refused(60));
    await expect((await quota(99)).take('v', 2)).rejects.toEqual(refused(60));
    await expect((await quota()).take('v', 100)).resolves.toBeUndefined();
  });

  it('counts nothing for a request that it refused (I-100)', async () => {
    const used = await quota(60);
    for (let i = 0; i < 10; i += 1) {
      await expect(used.take('v', 41)).rejects.toEqual(refused(60));
    }
    await expect(used.take('v', 40)).resolves.toBeUndefined();
  });

  it('says when the minute ends, and begins anew then', async () => {
    const used = await quota(100);
    vi.advanceTimersByTime(29_500);
    await expect(used.take('v', 1)).rejects.toEqual(refused(31));
    await expect(used.assertLeft('v')).rejects.toEqual(refused(31));
    vi.advanceTimersByTime(30_500);
    await expect(used.assertLeft('v')).resolves.toBeUndefined();
    await expect(used.take('v', 100)).resolves.toBeUndefined();
  });

  it('is of each vendor by itself (I-100)', async () => {
    const used = await quota(100);
    await expect(used.take('other', 100)).resolves.toBeUndefined();
  });

  it('refuses early only where nothing is left', async () => {
    await expect((await quota()).assertLeft('v')).resolves.toBeUndefined();
    await expect((await quota(99)).assertLeft('v')).resolves.toBeUndefined();
    await expect((await quota(100)).assertLeft('v')).rejects.toEqual(refused(60));
  });

  it('takes back what was counted, never more, and not into the next minute', async () => {
    const used = await quota(100);
    await used.giveBack('v', 40);
    await expect(used.take('v', 41)).rejects.toEqual(refused(60));
    await used.giveBack('v', 1_000);
    vi.advanceTimersByTime(60_000);
    await used.giveBack('v', 50);
    await expect(used.take('v', 101)).rejects.toEqual(refused(60));
  });
});
