import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { assertNoEviction, startPrivateRedis } from '../../store/redisServer.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowproof test 資料-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function started(dir = dataDir) {
  const redis = await startPrivateRedis({ dataDir: dir });
  onTestFinished(() => redis.stop());
  return redis;
}

function client(connection: { path: string }): Redis {
  const redis = new Redis({ ...connection, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

describe('a private Redis', () => {
  it('answers, keeps what it is told by append-only file, and never evicts (I-65)', async () => {
    const redis = client((await started()).connection);
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
    expect(await redis.config('GET', 'port')).toEqual(['port', '0']);
    await expect(assertNoEviction(redis)).resolves.toBeUndefined();
  });

  it('keeps its data over a restart', async () => {
    const first = await started();
    await client(first.connection).set('k', 'v');
    await first.stop();
    expect(await client((await started()).connection).get('k')).toBe('v');
  });

  it('is for its user alone, and leaves no socket behind (I-65)', async () => {
    const redis = await started();
    const folder = dirname(redis.connection.path);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'redis'))).mode & 0o777).toBe(0o700);
    await redis.stop();
    await redis.stop();
    expect(existsSync(folder)).toBe(false);
  });

  it('runs beside another on other data', async () => {
    const [one, two] = [await started(join(dataDir, 'a')), await started(join(dataDir, 'b'))];
    await client(one.connection).set('k', 'one');
    expect(await client(two.connection).get('k')).toBeNull();
  });

  it('is alone on its data: a second one waits, then says who is in the way', async () => {
    await started();
    await expect(startPrivateRedis({ dataDir, lockSMax: 1 })).rejects.toThrow(
      /Another process uses .*redis/,
    );
  });

  it('starts when the earlier one on its data has just ended', async () => {
    const first = await started();
    const second = started();
    await first.stop();
    expect(await client((await second).connection).ping()).toBe('PONG');
  });

  it('tells when it ends by itself', async () => {
    const redis = await started();
    await client(redis.connection)
      .shutdown('NOSAVE')
      .catch(() => {});
    expect(await redis.ended).toMatch(/^Exit 0/);
  });

  it('that cannot start says its last words', async () => {
    const first = await started();
    await first.stop();
    const manifest = join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest');
    await writeFile(manifest, 'not a manifest');
    await expect(startPrivateRedis({ dataDir })).rejects.toThrow(/ended at its start.*AOF/s);
  });
});

describe('a private Redis and its parent', () => {
  async function parentOf(dir: string) {
    const script = fileURLToPath(new URL('redisParent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script, dir], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
    const path = String((await lines.next()).value);
    return { parent, lines, path };
  }

  function signalGroup(parent: ChildProcess, signal: NodeJS.Signals): void {
    if (parent.pid === undefined) throw new Error('the parent did not start');
    process.kill(-parent.pid, signal);
  }

  it('it outlives a SIGINT to the group, as from a terminal (I-65)', async () => {
    const { parent, lines, path } = await parentOf(dataDir);
    const redis = client({ path });
    await redis.set('k', 'v');
    signalGroup(parent, 'SIGINT');
    expect((await lines.next()).value).toBe('interrupted');
    expect(await redis.get('k')).toBe('v');
  });

  it('it ends with a parent that is killed by kill -9, and loses nothing', async () => {
    const { parent, path } = await parentOf(dataDir);
    const redis = client({ path });
    await redis.set('k', 'v');
    const closed = once(redis, 'end');
    signalGroup(parent, 'SIGKILL');
    await closed;
    expect(await client((await started()).connection).get('k')).toBe('v');
    expect(existsSync(dirname(path))).toBe(false);
  });
});

describe('assertNoEviction', () => {
  it('refuses a server that evicts, and says the mend', async () => {
    const redis = client((await started()).connection);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(assertNoEviction(redis)).rejects.toThrow(/allkeys-lru.*set it to noeviction/);
  });

  it('reads INFO where CONFIG is forbidden', async () => {
    const redis = client((await started()).connection);
    await redis.call('ACL', 'SETUSER', 'default', '-config');
    await expect(redis.config('GET', 'port')).rejects.toThrow(/NOPERM/);
    await expect(assertNoEviction(redis)).resolves.toBeUndefined();
    await redis.call('ACL', 'SETUSER', 'default', '+config');
    await redis.config('SET', 'maxmemory-policy', 'volatile-ttl');
    await redis.call('ACL', 'SETUSER', 'default', '-config');
    await expect(assertNoEviction(redis)).rejects.toThrow(/volatile-ttl/);
  });

  it('passes on a failure to ask, rather than taking it for an answer', async () => {
    const server = await started();
    const redis = client(server.connection);
    await redis.ping();
    await server.stop();
    await expect(assertNoEviction(redis)).rejects.toThrow(/[Cc]onnection|closed/);
  });
});
