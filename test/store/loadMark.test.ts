import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLoadMark, writeLoadMark } from '../../store/loadMark.ts';
import { type PrivateRedis, startPrivateRedis } from '../../store/redisServer.ts';
import { useFolder } from '../helpers/folder.ts';

const folder = useFolder();
let server: PrivateRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startPrivateRedis({ dataDir: folder.path });
  redis = new Redis(server.connection);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it('is 0 before the loader said anything: then nothing is sealed', async () => {
  expect(await readLoadMark(redis, 'absent')).toBe(0);
});

it('is what the loader said last, for each prefix by itself', async () => {
  await writeLoadMark(redis, 'one', 1_690_000_000_000);
  await writeLoadMark(redis, 'one', 1_690_000_000_001);
  await writeLoadMark(redis, 'two', 0);
  expect(await readLoadMark(redis, 'one')).toBe(1_690_000_000_001);
  expect(await readLoadMark(redis, 'two')).toBe(0);
});

it.each(['soon', '1.5', 'Infinity', '9007199254740993'])(
  'is no answer where %s stands in its place',
  async (value) => {
    await redis.set('odd:loaded-until', value);
    await expect(readLoadMark(redis, 'odd')).rejects.toThrow(RangeError);
  },
);
