import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiDependencies } from '../api/dependencies.ts';
import { createServer } from '../api/server.ts';
import type { Config } from '../core/config.ts';
import { FlowproofError } from '../core/errors.ts';
import { REGISTRY_POLL_MS } from '../core/limits.ts';
import type { Ingest } from '../core/ports.ts';
import { Pseudonyms } from '../ingest/pseudonyms.ts';
import { Receiver } from '../ingest/receiver.ts';
import { EventWriter } from '../ingest/writer.ts';
import { createChartRenderer } from '../render/index.ts';
import { type Database, openDatabase } from '../store/clickhouse.ts';
import { assertDurable } from '../store/durability.ts';
import { lastStored } from '../store/events.ts';
import { pingDatabase } from '../store/health.ts';
import { LiveKeys } from '../store/liveKeys.ts';
import { LiveRegistry } from '../store/liveRegistry.ts';
import { migrate } from '../store/migrate.ts';
import { MIGRATIONS } from '../store/migrations/index.ts';
import { connectRedis, openQueue, type RedisTarget, scheduleClosing } from '../store/queues.ts';
import { assertNoEviction, startPrivateRedis } from '../store/redisServer.ts';
import { WorkerHealth } from '../verify/health.ts';
import { Months } from '../verify/months.ts';
import { VerificationQueue } from '../verify/verifications.ts';
import { startVerifyWorker } from '../verify/worker.ts';
import { newAdminKey, openDataDir, secretFile } from './files.ts';
import { Shutdown } from './shutdown.ts';

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
  const adminKey = config.adminKey ?? secretFile(config.dataDir, 'admin.key', newAdminKey);
  const db = await openStore(config, clock, shutdown);
  const registry = await LiveRegistry.open(db);
  const keys = await LiveKeys.open(db, adminKey);
  const queue = await openQueues(config, logger, shutdown);
  const verifications = new VerificationQueue({
    ...queue,
    registry: registry.view,
    newId: randomUUID,
  });
  const health = new WorkerHealth(queue.queue, clock);
  if (config.roles.includes('worker')) {
    const worker = startVerifyWorker({
      db,
      registry: registry.view,
      refreshRegistry: () => registry.refresh(),
      verifications,
      target: queue.target,
      clock,
      simulated: config.simulatedClock,
      health,
      onFailure: (job, error) => logger.error({ job, cause: error.stack }, 'job failed'),
    });
    shutdown.add('worker', () => worker.close());
    if (!config.simulatedClock) await scheduleClosing(queue.queue);
  }
  if (config.clickhouse !== null) followOthers(registry, keys, logger, shutdown);
  const ingest = await openIngest(config, db, registry, clock, shutdown);
  const charts = createChartRenderer({ workers: config.renderWorkers });
  shutdown.add('charts', () => charts.close());
  const deps: ApiDependencies = {
    db,
    registry,
    keys,
    months: new Months(db, registry.view, config.simulatedClock),
    verifications,
    charts,
    ingest,
    clock,
    simulated: config.simulatedClock,
    random: { secret: () => randomBytes(24).toString('hex'), id: randomUUID },
    ready: async () => {
      await pingDatabase(db);
      await queue.ping();
      if (config.roles.includes('worker')) await health.assertMoving();
    },
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
  const redis = await redisTarget(config, logger, shutdown);
  const connection = connectRedis(redis);
  shutdown.add('redis connection', async () => connection.disconnect());
  await assertNoEviction(connection);
  const target = { redis, prefix: 'flowproof' };
  const { queue, flows } = openQueue(target);
  shutdown.add('queue', async () => {
    await flows.close();
    await queue.close();
  });
  const ping = async () => {
    await withTimeout(connection.ping(), REDIS_PING_MS);
  };
  return { queue, flows, target, ping };
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

async function openIngest(
  config: Config,
  db: Database,
  registry: LiveRegistry,
  clock: () => number,
  shutdown: Shutdown,
): Promise<Ingest | null> {
  if (!config.roles.includes('ingest')) return null;
  const secret = secretFile(config.dataDir, 'pseudonym.key', () => randomBytes(32).toString('hex'));
  const ingest = new Receiver({
    registry: registry.view,
    pseudonyms: new Pseudonyms(Buffer.from(secret, 'hex')),
    writer: await EventWriter.open(db),
    clock,
    newBatchId: randomUUID,
    lastReceivedAtMs: config.simulatedClock ? 0 : (await lastStored(db)).receivedAtMs,
  });
  shutdown.add('ingest', () => ingest.close());
  return ingest;
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
      logger.error({ cause: String(error) }, 'keys and registry could not be refreshed'),
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

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new FlowproofError('store_unavailable', 'The queue does not answer.');
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
