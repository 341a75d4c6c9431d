import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiDependencies } from '../api/dependencies.ts';
import { createServer } from '../api/server.ts';
import type { Config } from '../core/config.ts';
import { LOCK_WAIT_REQUEST_MS, REGISTRY_POLL_MS } from '../core/limits.ts';
import { Sequence } from '../core/lock.ts';
import { createChartRenderer, createSpreadsheets } from '../render/index.ts';
import { type Database, openDatabase } from '../store/clickhouse.ts';
import { assertDurable } from '../store/durability.ts';
import { storeFailure } from '../store/failure.ts';
import { pingDatabase } from '../store/health.ts';
import { LiveKeys } from '../store/liveKeys.ts';
import { LiveRegistry } from '../store/liveRegistry.ts';
import { readLoadMark } from '../store/loadMark.ts';
import { migrate } from '../store/migrate.ts';
import { MIGRATIONS } from '../store/migrations/index.ts';
import { connectRedis, openQueue, type RedisTarget } from '../store/queues.ts';
import { assertNoEviction, startPrivateRedis } from '../store/redisServer.ts';
import { WorkerHealth } from '../verify/health.ts';
import { Months } from '../verify/months.ts';
import { Reopener } from '../verify/reopen.ts';
import { Rosters } from '../verify/roster.ts';
import { Trials } from '../verify/trials.ts';
import { VerificationQueue } from '../verify/verifications.ts';
import { Warnings } from '../verify/warnings.ts';
import { failureLogged } from './causes.ts';
import { adminKeyOf, openDataDir, pseudonymSecretOf } from './files.ts';
import { startIngest } from './ingest.ts';
import { Shutdown } from './shutdown.ts';
import { sealingTurnOf, startWorkers } from './workers.ts';

/** A running process of flowproof. */
export interface App {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly adminKey: string;
  /** Finishes what was acknowledged and asked, then ends every part; may be called again. */
  stop(): Promise<void>;
}

/** Starts the roles of a configuration in this process; what cannot start ends what did. */
export async function startApp(
  config: Config,
  logger: FastifyBaseLogger,
  clock: () => number,
): Promise<App> {
  const shutdown = new Shutdown();
  try {
    return await startParts(config, logger, clock, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function startParts(
  config: Config,
  logger: FastifyBaseLogger,
  clock: () => number,
  shutdown: Shutdown,
): Promise<App> {
  openDataDir(config.dataDir, config.simulatedClock);
  const adminKey = config.adminKey ?? adminKeyOf(config.dataDir);
  const secret = config.roles.includes('ingest') ? pseudonymSecretOf(config.dataDir) : null;
  const db = await openStore(config, clock, shutdown);
  const registry = await LiveRegistry.open(db);
  const keys = await LiveKeys.open(db, adminKey);
  const queue = await openQueues(config, logger, shutdown);
  const verifications = new VerificationQueue({
    ...queue,
    registry: registry.view,
    newId: randomUUID,
  });
  const parts = { config, db, registry: registry.view, ...queue, clock, logger, shutdown };
  const started = secret === null ? null : await startIngest({ ...parts, secret });
  const health = new WorkerHealth(queue.queue, clock, { isDaily: !config.simulatedClock });
  const warnings = new Warnings(db, registry.view);
  if (config.roles.includes('worker')) {
    await startWorkers({ ...parts, registry, verifications, warnings, health });
  }
  if (config.clickhouse !== null) followOthers(registry, keys, logger, shutdown);
  const charts = createChartRenderer({ workers: config.renderWorkers });
  shutdown.add('charts', () => charts.close());
  const months = new Months(db, registry.view, config.simulatedClock);
  const deps: ApiDependencies = {
    db,
    registry,
    keys,
    months,
    reopener: new Reopener({
      db,
      registry: registry.view,
      sealingTurn: sealingTurnOf({ config, registry, ...queue }, LOCK_WAIT_REQUEST_MS),
      simulated: config.simulatedClock,
      loadedUntilMs: () => readLoadMark(queue.redis, queue.target.prefix),
    }),
    settling: new Sequence(),
    trials: new Trials(db, registry.view, months),
    warnings,
    verifications,
    charts,
    rosters: new Rosters(db, registry.view, months),
    spreadsheets: createSpreadsheets(),
    ingest: started?.ingest ?? null,
    clock,
    simulated: config.simulatedClock,
    random: { secret: () => randomBytes(24).toString('hex'), id: randomUUID },
    ready: remembered(clock, async () => {
      await pingDatabase(db);
      await queue.ping();
      started?.assertMoving();
      if (config.roles.includes('worker')) await health.assertMoving();
    }),
    logger,
  };
  return listen(config, deps, adminKey, shutdown);
}

async function openStore(
  config: Config,
  clock: () => number,
  shutdown: Shutdown,
): Promise<Database> {
  const db = openDatabase(config.clickhouse ?? { path: join(config.dataDir, 'clickhouse') });
  shutdown.add('store', () => db.close());
  await migrate(db, MIGRATIONS, clock());
  await assertDurable(db);
  return db;
}

async function openQueues(config: Config, logger: FastifyBaseLogger, shutdown: Shutdown) {
  const server = await redisTarget(config, logger, shutdown);
  const redis = connectRedis(server);
  shutdown.add('redis connection', async () => redis.disconnect());
  await assertNoEviction(redis);
  const target = { redis: server, prefix: 'flowproof' };
  const { queue, flows } = openQueue(target);
  // A connection that is not answered as it begins would fail every later call.
  await Promise.all([queue.waitUntilReady(), flows.waitUntilReady()]);
  shutdown.add('queue', async () => {
    await flows.close();
    await queue.close();
  });
  const ping = async () => {
    await answering(redis.ping(), REDIS_PING_MS);
  };
  return { queue, flows, target, redis, ping };
}

async function redisTarget(
  config: Config,
  logger: FastifyBaseLogger,
  shutdown: Shutdown,
): Promise<RedisTarget> {
  if (config.redisUrl !== null) return { url: config.redisUrl };
  const log = (line: string) => logger.info(line);
  const server = await startPrivateRedis({ dataDir: config.dataDir, log });
  shutdown.add('redis', () => server.stop());
  return server.connection;
}

/** Where several processes share a server, each takes in what the others register and revoke. */
function followOthers(
  registry: LiveRegistry,
  keys: LiveKeys,
  logger: FastifyBaseLogger,
  shutdown: Shutdown,
): void {
  const refresh = () =>
    Promise.all([registry.refresh(), keys.refresh()]).catch((error: unknown) =>
      logger.error(failureLogged(error), 'keys and registry could not be refreshed'),
    );
  const timer = setInterval(() => void refresh(), REGISTRY_POLL_MS);
  shutdown.add('refresh', async () => clearInterval(timer));
}

async function listen(
  config: Config,
  deps: ApiDependencies,
  adminKey: string,
  shutdown: Shutdown,
): Promise<App> {
  const roles = new Set((['ingest', 'api'] as const).filter((r) => config.roles.includes(r)));
  const server = await createServer(deps, roles);
  shutdown.add('http', () => server.close());
  await server.listen({ host: config.host, port: config.port });
  const { port } = server.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return { url: `http://${host}:${port}`, adminKey, stop: () => shutdown.run() };
}

const REDIS_PING_MS = 2_000;
const READY_REMEMBERED_MS = 1_000;

/** What does not answer in time, or fails, is a store that is not there: 503, never a 500. */
async function answering(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } catch (cause) {
    throw storeFailure('Redis does not answer', cause);
  } finally {
    clearTimeout(timer);
  }
}

/** One answer serves every asking of the same second: probes must cost the store nothing more. */
function remembered(clock: () => number, ask: () => Promise<void>): () => Promise<void> {
  let askedMs = Number.NEGATIVE_INFINITY;
  let answer: Promise<void> = Promise.resolve();
  return () => {
    const nowMs = clock();
    if (Math.abs(nowMs - askedMs) >= READY_REMEMBERED_MS) {
      askedMs = nowMs;
      answer = ask();
    }
    return answer;
  };
}
