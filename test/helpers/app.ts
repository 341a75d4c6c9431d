import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino, { type DestinationStream } from 'pino';
import { type App, startApp } from '../../cli/app.ts';
import { readConfig } from '../../core/config.ts';
import { isTaxId } from '../../core/taxId.ts';

/** A whole flowproof in this process, on a fresh data directory and any free port. */
export interface TestApp {
  readonly url: string;
  readonly dataDir: string;
  readonly adminKey: string;
  readonly admin: Client;
  /** Ends the process's parts and keeps the data: `startTestApp({ dataDir })` goes on with it. */
  stop(): Promise<void>;
  /** Ends it and removes the data. */
  remove(): Promise<void>;
}

export interface TestAppOptions {
  readonly simulated?: boolean;
  readonly dataDir?: string;
  readonly logs?: DestinationStream;
  readonly clock?: () => number;
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const env = { PORT: '0', DATA_DIR: dataDir, SIMULATED_CLOCK: options.simulated ? '1' : '0' };
  const config = readConfig(env, () => '');
  const logger = options.logs ? pino({ level: 'trace' }, options.logs) : pino({ level: 'silent' });
  const app: App = await startApp(config, logger, options.clock ?? Date.now);
  const remove = async () => {
    await app.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const { url, adminKey } = app;
  const admin = new Client(url, adminKey);
  return { url, dataDir, adminKey, admin, stop: () => app.stop(), remove };
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'flowproof-test-'));
}

export type HeaderFields = Readonly<Record<string, string>>;

export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;

  constructor(status: number, headers: Headers, bytes: Buffer) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  json<T = Record<string, unknown>>(): T {
    return JSON.parse(this.text) as T;
  }

  /** The JSON of an answer that must have this status; the error shows what came instead. */
  ok<T = Record<string, unknown>>(status = 200): T {
    if (this.status === status) return this.json<T>();
    throw new Error(`expected ${status}, got ${this.status}: ${this.text.slice(0, 500)}`);
  }
}

/** Requests under one key; null sends none. */
export class Client {
  readonly url: string;
  readonly key: string | null;

  constructor(url: string, key: string | null) {
    this.url = url;
    this.key = key;
  }

  get(path: string, headers: HeaderFields = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  put(path: string, body: unknown, headers: HeaderFields = {}): Promise<Answer> {
    return this.send('PUT', path, body, headers);
  }

  post(path: string, body: unknown, headers: HeaderFields = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  /**
   * A body that is no text and no bytes is sent as JSON. Events that were acknowledged are waited
   * for: they are on disk at once, and in the store a moment later.
   */
  async send(
    method: string,
    path: string,
    body: unknown,
    headers: HeaderFields = {},
  ): Promise<Answer> {
    const answer = await this.sendOnly(method, path, body, headers);
    const isIngest = method === 'POST' && /^\/v1\/(events|logs)/.test(path);
    if (isIngest && answer.text.includes('"batchId"')) {
      await this.#stored(answer.json<{ batchId: string }>().batchId);
    }
    return answer;
  }

  async #stored(batchId: string): Promise<void> {
    for (const deadline = Date.now() + STORED_MS_MAX; Date.now() < deadline; ) {
      const found = await this.sendOnly('GET', `/v1/batches/${batchId}`, undefined);
      if (found.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, STORED_POLL_MS));
    }
    throw new Error(`batch ${batchId} was acknowledged and is not in the store`);
  }

  /** The answer as it comes. */
  async sendOnly(
    method: string,
    path: string,
    body: unknown,
    headers: HeaderFields = {},
  ): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    return new Answer(answer.status, answer.headers, Buffer.from(await answer.arrayBuffer()));
  }

  as(key: string | null): Client {
    return new Client(this.url, key);
  }
}

const STORED_MS_MAX = 25_000;
const STORED_POLL_MS = 15;

/** The n-th valid unified business number from here on. */
export function taxId(n: number): string {
  let left = n;
  for (let candidate = 20_000_000; ; candidate += 1) {
    if (!isTaxId(String(candidate))) continue;
    if (left === 0) return String(candidate);
    left -= 1;
  }
}

let issued = 0;
/** A unified business number that no other call in this file has. */
export function newTaxId(): string {
  issued += 1;
  return taxId(issued);
}

export const ORDER = {
  programme: 'tcloud-2023',
  contractStart: '2023-01-10',
  contractMonths: 4,
  priceTwd: 24_000,
  pointsTwd: 12_000,
  attachments: ['self-payment', 'performance'],
};

export const SOLUTION = {
  name: '方案',
  usagePlan: '每月使用',
  interactions: ['print'],
  normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 2 }] },
  effectiveFrom: '2020-01-01',
};

/** A vendor with one solution, one firm and one order, and a key for each of both. */
export interface Seed {
  readonly vendorId: string;
  readonly solutionId: string;
  readonly smeId: string;
  readonly orderId: string;
  readonly vendor: Client;
  readonly sme: Client;
}

export async function seed(
  { admin }: Pick<TestApp, 'admin'>,
  vendorId: string,
  changes: { readonly order?: object; readonly solution?: object } = {},
): Promise<Seed> {
  const [solutionId, orderId, smeId] = [`${vendorId}-s`, `${vendorId}-o`, newTaxId()];
  (await admin.put(`/v1/vendors/${vendorId}`, { name: vendorId, taxId: newTaxId() })).ok();
  const solution = { ...SOLUTION, vendorId, ...changes.solution };
  (await admin.put(`/v1/solutions/${solutionId}`, solution)).ok();
  (await admin.put(`/v1/smes/${smeId}`, { name: `企業 ${smeId}` })).ok();
  const order = { ...ORDER, vendorId, solutionId, smeId, ...changes.order };
  (await admin.put(`/v1/orders/${orderId}`, order)).ok();
  const vendor = admin.as(await newKey(admin, { role: 'vendor', vendorId }));
  const sme = admin.as(await newKey(admin, { role: 'sme', smeId }));
  return { vendorId, solutionId, smeId, orderId, vendor, sme };
}

/** The text of a fresh key. */
export async function newKey(admin: Client, owner: Record<string, string>): Promise<string> {
  const made = await admin.post('/v1/keys', { label: 'test', ...owner });
  return made.ok<{ key: string }>(201).key;
}

export type EventBody = Readonly<Record<string, unknown>>;

/** An event of a seed's firm; ids are the caller's. */
export function eventOf(seeded: Pick<Seed, 'solutionId' | 'smeId'>, fields: EventBody): EventBody {
  const { solutionId, smeId } = seeded;
  return { solutionId, smeId, actorId: 'u1', action: 'create', ...fields };
}

/** Waits until a verification has ended well. */
export async function verify(admin: Client, asOf: string): Promise<void> {
  const headers = { 'flowproof-now': `${asOf}T00:00:00+08:00` };
  const asked = await admin.post('/v1/verifications', { asOf }, headers);
  const { verificationId } = asked.ok<{ verificationId: string }>(202);
  for (;;) {
    const { state } = (await admin.get(`/v1/verifications/${verificationId}`)).ok();
    if (state === 'done') return;
    if (state === 'failed') throw new Error('the verification failed');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Works on all items, so many at once, begun in order. */
export async function inParallel<T>(
  width: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
