import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { ensureRedisServer, type Machine } from './installRedis.ts';

/** A Redis of our own, for when none is configured. */
export interface PrivateRedis {
  /** Connection options for ioredis and BullMQ: a unix socket that only this user can open. */
  readonly connection: { readonly path: string };
  /** Settles when the server has ended, whoever ended it, with its last words. */
  readonly ended: Promise<string>;
  /** Writes what is pending to disk and ends the server; may be called again. */
  stop(): Promise<void>;
}

/** A large append-only file takes so long to load before the server answers. */
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;
/** The previous server on the same data has so long to end, in whole seconds. */
const LOCK_S_MAX = 10;
const LAST_WORDS_CHARS_MAX = 4_000;
/** The kernels' limit for the path of a socket is 104 bytes (macOS) or 108 (Linux). */
const SOCKET_FOLDER_CHARS_MAX = 80;
const LOCKED_EXIT_CODE = 75;
/** What apt-get may print. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Runs Redis beside its parent, in a session of its own: no Ctrl-C and no signal to the parent's
 * group reaches it. It ends when the parent closes the pipe on descriptor 3 or dies, kill -9
 * included, and the lock is free only when no server writes to the data any more.
 */
const SUPERVISOR = `
umask 077
exec 3<&0 </dev/null 9>lock
if command -v flock >/dev/null; then flock -w "$2" 9 || exit ${LOCKED_EXIT_CODE}; fi
redis-server --port 0 --unixsocket "$1/redis.sock" --unixsocketperm 700 --dir "$PWD" \\
  --appendonly yes --appendfsync everysec --save '' --maxmemory-policy noeviction \\
  --loglevel warning 3<&- &
server=$!
{ read -r line <&3; kill -TERM $server; } 9>&- 2>/dev/null &
watcher=$!
wait $server
code=$?
kill -KILL $watcher 2>/dev/null
rm -rf "$1"
exit $code
`;

/**
 * Starts a private Redis on `<dataDir>/redis`, keeping what an earlier one left there, and waits
 * until it answers. Installs Redis where it is missing and can be installed.
 * @throws Error with the mend: Redis is missing, the data is in use, or the server's last words
 */
export async function startPrivateRedis(options: {
  readonly dataDir: string;
  readonly log?: (line: string) => void;
  readonly lockSMax?: number;
}): Promise<PrivateRedis> {
  await ensureRedisServer(thisMachine(), options.log ?? (() => {}));
  const dir = join(resolve(options.dataDir), 'redis');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const socketFolder = await mkdtemp(join(socketParent(), 'flowproof-'));
  const connection = { path: join(socketFolder, 'redis.sock') };
  const lockS = String(options.lockSMax ?? LOCK_S_MAX);
  const child = spawn('sh', ['-c', SUPERVISOR, 'flowproof-redis', socketFolder, lockS], {
    cwd: dir,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child, dir).finally(() => rm(socketFolder, { recursive: true, force: true }));
  const stop = () => stopServer(child, ended);
  try {
    await answers(connection, ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { connection, ended, stop };
}

/**
 * Refuses a Redis that may drop keys under memory pressure: a dropped key is a lost job.
 * @throws Error with the mend
 */
export async function assertNoEviction(redis: Pick<Redis, 'config' | 'info'>): Promise<void> {
  const policy = (await configuredPolicy(redis)) ?? policyInInfo(await redis.info('memory'));
  if (policy === 'noeviction') return;
  throw new Error(
    `Redis has maxmemory-policy ${policy ?? 'unknown'} and may drop jobs: set it to noeviction ` +
      '("CONFIG SET maxmemory-policy noeviction", or maxmemory-policy in redis.conf or in the ' +
      "provider's console).",
  );
}

/** Undefined where the server does not tell: some managed ones forbid CONFIG. */
async function configuredPolicy(redis: Pick<Redis, 'config'>): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.config('GET', 'maxmemory-policy');
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

function policyInInfo(info: string): string | undefined {
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
}

/** Returns when the server answers; throws when it ends first or takes too long. */
async function answers(connection: { readonly path: string }, ended: Promise<string>) {
  const redis = new Redis({
    ...connection,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    maxLoadingRetryTime: START_MS_MAX,
  });
  // Refused until the server listens; the deadline is the judge.
  redis.on('error', () => {});
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const text = `The private Redis did not answer within ${START_MS_MAX / 1000} s.`;
    timer = setTimeout(() => reject(new Error(text)), START_MS_MAX);
  });
  try {
    await Promise.race([redis.ping(), tooLate, ended.then(failStart)]);
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

function failStart(lastWords: string): never {
  throw new Error(`The private Redis ended at its start. ${lastWords}`);
}

async function stopServer(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.stdin?.end();
  const timer = setTimeout(() => killGroup(child), STOP_MS_MAX);
  await ended;
  clearTimeout(timer);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

/** Settles once every process of the session is gone. */
function endOf(child: ChildProcess, dir: string): Promise<string> {
  let said = '';
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-LAST_WORDS_CHARS_MAX);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  // Writing to a server that is gone is no news: its end is.
  child.stdin?.on('error', () => {});
  return new Promise((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('close', (code, signal) => {
      const locked = `Another process uses ${dir}: end it, or set DATA_DIR.`;
      settle(code === LOCKED_EXIT_CODE ? locked : `Exit ${code ?? signal}. ${said.trim()}`);
    });
  });
}

function socketParent(): string {
  return tmpdir().length <= SOCKET_FOLDER_CHARS_MAX ? tmpdir() : '/tmp';
}

function thisMachine(): Machine {
  const execute = promisify(execFile);
  return {
    root: process.getuid?.() === 0,
    async run(command, args) {
      await execute(command, args, { maxBuffer: OUTPUT_BYTES_MAX });
    },
  };
}
