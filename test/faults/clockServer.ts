import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { type App, startApp } from '../../cli/app.ts';
import { readConfig } from '../../core/config.ts';
import { Client, temporaryFolder } from '../helpers/app.ts';
import { type StoreProcess, startStore } from './storeProcess.ts';

/** A whole server in this process, whose clock can be stepped, before a store of its own. */
export class ClockServer {
  steps = 0;
  readonly #folder: string;
  readonly #adminKey = 'test-admin-key-0123456789abcdef';
  #shiftMs: number;
  #store: StoreProcess;
  #app: App | null = null;

  private constructor(folder: string, store: StoreProcess, nowMs: number) {
    this.#folder = folder;
    this.#store = store;
    this.#shiftMs = nowMs - Date.now();
  }

  static async start(nowMs: number): Promise<ClockServer> {
    const folder = await temporaryFolder();
    const store = await startStore(join(folder, 'store'));
    const server = new ClockServer(folder, store, nowMs);
    await server.start();
    return server;
  }

  readonly nowMs = (): number => Date.now() + this.#shiftMs;

  get admin(): Client {
    return new Client(this.#app?.url ?? '', this.#adminKey);
  }

  step(ms: number): void {
    this.#shiftMs += ms;
    this.steps += 1;
  }

  async killStore(): Promise<void> {
    await this.#store.kill();
  }

  async startStore(): Promise<void> {
    this.#store = await startStore(join(this.#folder, 'store'), this.#store.port);
  }

  async start(): Promise<void> {
    const env = {
      PORT: '0',
      DATA_DIR: join(this.#folder, 'data'),
      CLICKHOUSE_URL: this.#store.url,
      ADMIN_KEY: this.#adminKey,
    };
    const config = readConfig(env, () => '');
    this.#app = await startApp(config, pino({ level: 'silent' }), this.nowMs);
  }

  async stop(): Promise<void> {
    await this.#app?.stop();
    this.#app = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.#store.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
