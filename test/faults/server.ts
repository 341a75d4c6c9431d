import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, type Seed, seed, temporaryFolder } from '../helpers/app.ts';
import {
  eventually,
  processesIn,
  type ServeProcess,
  type SpawnedServe,
  spawnServe,
} from '../helpers/process.ts';
import { atExit } from './atExit.ts';
import { twoMonthsAt } from './manifest.ts';
import { pause } from './scenario.ts';

type Environment = Readonly<Record<string, string>>;

/** A real server process on a data directory of its own, which may be killed and started again. */
export class FaultServer {
  readonly folder: string;
  readonly seed: Seed;
  /** From the start of each process until it served. */
  readonly startsMs: number[] = [];
  readonly #env: Environment;
  #serve: ServeProcess;

  private constructor(folder: string, env: Environment, serve: ServeProcess, seeded: Seed) {
    this.folder = folder;
    this.#env = env;
    this.#serve = serve;
    this.seed = seeded;
  }

  /** With one vendor and one order, registered and stored. */
  static async start(options: { folder?: string; env?: Environment } = {}): Promise<FaultServer> {
    const folder = options.folder ?? (await temporaryFolder());
    const env = options.env ?? {};
    const serve = await spawned(dataIn(folder), env).serving;
    const seeded = await seed(serve, 'faulty', { order: twoMonthsAt(Date.now()) });
    return new FaultServer(folder, env, serve, seeded);
  }

  get dataDir(): string {
    return dataIn(this.folder);
  }

  get spoolDir(): string {
    return join(this.dataDir, 'spool');
  }

  get pid(): number {
    return this.#serve.pid;
  }

  get admin(): Client {
    return this.#serve.admin;
  }

  get vendor(): Client {
    return this.#serve.admin.as(this.seed.vendor.key);
  }

  /** What the process of now has written. */
  said(): string {
    return this.#serve.said();
  }

  async kill(): Promise<void> {
    this.#serve.signal('SIGKILL');
    await this.#gone();
  }

  /** In order, as by SIGTERM. */
  async stop(): Promise<void> {
    this.#serve.signal('SIGTERM');
    await this.#gone();
  }

  /** A start on the same data; the one before must be gone. */
  async restart(): Promise<void> {
    const startMs = performance.now();
    this.#serve = await spawned(this.dataDir, this.#env).serving;
    this.startsMs.push(performance.now() - startMs);
  }

  /** A start that is killed on its way, after so long. */
  async restartKilled(afterMs: number): Promise<void> {
    const started = spawned(this.dataDir, this.#env);
    await pause(afterMs);
    started.signal('SIGKILL');
    await started.ended;
    await this.#quiet();
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #gone(): Promise<void> {
    await this.#serve.ended;
    await this.#quiet();
  }

  /** Its Redis ends a moment after it. */
  async #quiet(): Promise<void> {
    const isQuiet = await eventually(() => processesIn(this.dataDir).length === 0, 20_000);
    if (!isQuiet) throw new Error(`processes are left in ${this.dataDir}`);
  }
}

function spawned(dataDir: string, env: Environment): SpawnedServe {
  const serve = spawnServe(dataDir, env);
  const isGone = atExit(() => serve.signal('SIGKILL'));
  void serve.ended.then(isGone);
  return serve;
}

function dataIn(folder: string): string {
  return join(folder, 'data');
}
