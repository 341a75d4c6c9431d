import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { monthsSchema, orderSchema, progressSchema } from '../api/answers.ts';
import { startProgress } from './commands/shared/progress.ts';
import {
  readBatches,
  readRegistry,
  SAMPLE_AS_OF,
  type SampleBatch,
  wavesOf,
} from './demoSample.ts';
import { ApiClient, jsonBody } from './http.ts';

export interface DemoStage {
  readonly url: string;
  readonly adminKey: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface DemoOutcome {
  readonly asOf: string;
  readonly orders: readonly z.infer<typeof monthsSchema>[];
  /** By the number of the batch: `[index, code]` of each refused event. */
  readonly rejects: Readonly<Record<string, readonly (readonly [number, string])[]>>;
  readonly events: number;
  readonly sendMs: number;
  /** The PNG of each order, relative to the working folder; the SVG is beside it. */
  readonly charts: readonly string[];
}

/** Every step over HTTP, as any other client would do it. */
export async function runDemo(stage: DemoStage): Promise<DemoOutcome> {
  const admin = clientOf(stage, stage.adminKey);
  const vendorIds = await register(admin, stage.say);
  const vendors = new Map<string, ApiClient>();
  for (const vendorId of vendorIds)
    vendors.set(vendorId, await vendorClient(admin, vendorId, stage));
  const sent = await send(await readBatches(), vendors);
  await verify(admin);
  const orders: z.infer<typeof monthsSchema>[] = [];
  const { items } = await admin.list(orderSchema, '/v1/orders', ORDERS_MAX);
  for (const { orderId } of items) {
    const query = { asOf: SAMPLE_AS_OF };
    orders.push(await admin.json(monthsSchema, 'GET', `/v1/orders/${orderId}/months`, { query }));
  }
  const charts = await draw(orders, admin);
  return { asOf: SAMPLE_AS_OF, orders, charts, ...sent };
}

/** The charts of the demo, in the working folder. */
const CHART_FOLDER = join('out', 'demo');
/** Before every event of the sample. */
const REGISTERED_AT = '2020-01-01T00:00:00+08:00';
const ORDERS_MAX = 10_000;
const POLL_MS = 50;
const TRIES_MAX = 8;

const registrySchema = z.object({
  results: z.array(
    z.object({
      line: z.int(),
      kind: z.string().nullable(),
      id: z.string().nullable(),
      status: z.string(),
      detail: z.string().nullable(),
    }),
  ),
});

/** The vendors of the sample registry. */
async function register(admin: ApiClient, say: (line: string) => void): Promise<Set<string>> {
  const headers = { 'content-type': 'application/x-ndjson', 'flowproof-now': REGISTERED_AT };
  const body = await readRegistry();
  const { results } = await admin.json(registrySchema, 'POST', '/v1/registry', { headers, body });
  const refused = results.filter((result) => result.status === 'refused');
  if (refused.length > 0) {
    const lines = refused.map((r) => `  line ${r.line}: ${r.detail ?? ''}`).join('\n');
    throw new Error(`The sample registry has lines that are refused:\n${lines}`);
  }
  say(`登錄 Registry: ${results.length} records`);
  return new Set(results.flatMap((r) => (r.kind === 'vendor' && r.id !== null ? [r.id] : [])));
}

async function vendorClient(
  admin: ApiClient,
  vendorId: string,
  stage: DemoStage,
): Promise<ApiClient> {
  const body = jsonBody({ role: 'vendor', vendorId, label: 'demo' });
  const made = await admin.json(z.object({ key: z.string() }), 'POST', '/v1/keys', body);
  return clientOf(stage, made.key);
}

function clientOf({ url, signal }: DemoStage, key: string): ApiClient {
  return new ApiClient({ url, key, signal });
}

const answerSchema = z.object({
  rejected: z.array(z.object({ index: z.int(), code: z.string() })),
});

/** Wave after wave in the order of receipt; what is in one wave goes at the same time. */
async function send(batches: readonly SampleBatch[], vendors: ReadonlyMap<string, ApiClient>) {
  const rejects: Record<string, [number, string][]> = {};
  const progress = startProgress('傳送批次 Batches sent', batches.length, process.stderr);
  const startedMs = Date.now();
  let sent = 0;
  for (const wave of wavesOf(batches)) {
    const answers = wave.map(async (batch, i) => {
      const vendor = vendors.get(batch.vendorId);
      if (vendor === undefined) throw new Error(`The sample has no vendor ${batch.vendorId}.`);
      const rejected = await sendBatch(batch, vendor);
      if (rejected.length > 0) rejects[sent + i] = rejected.map((r) => [r.index, r.code]);
    });
    await Promise.all(answers);
    sent += wave.length;
    progress.update(sent);
  }
  progress.end();
  const events = batches.reduce((sum, batch) => sum + batch.events.length, 0);
  return { rejects, events, sendMs: Date.now() - startedMs };
}

async function sendBatch({ receivedAt, events }: SampleBatch, vendor: ApiClient) {
  const answer = await vendor.json(answerSchema, 'POST', '/v1/events', {
    headers: { 'content-type': 'application/x-ndjson', 'flowproof-now': receivedAt },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
    alsoOk: [422],
    triesMax: TRIES_MAX,
  });
  return answer.rejected;
}

async function verify(admin: ApiClient): Promise<void> {
  const asked = jsonBody({ asOf: SAMPLE_AS_OF });
  const { verificationId } = await admin.json(
    z.object({ verificationId: z.string() }),
    'POST',
    '/v1/verifications',
    { ...asked, headers: { ...asked.headers, 'flowproof-now': `${SAMPLE_AS_OF}T00:00:00+08:00` } },
  );
  const path = `/v1/verifications/${verificationId}`;
  let answer = await admin.json(progressSchema, 'GET', path);
  const progress = startProgress('驗證訂單 Orders verified', answer.total, process.stderr);
  while (answer.state !== 'done' && answer.state !== 'failed') {
    await sleep(POLL_MS);
    answer = await admin.json(progressSchema, 'GET', path);
    progress.update(answer.done);
  }
  progress.update(answer.done);
  progress.end();
  if (answer.state === 'failed')
    throw new Error('The verification failed; the log above says why.');
}

async function draw(
  orders: readonly { readonly orderId: string }[],
  admin: ApiClient,
): Promise<string[]> {
  await mkdir(CHART_FOLDER, { recursive: true });
  const progress = startProgress('繪製圖表 Charts drawn', orders.length, process.stderr);
  const charts: string[] = [];
  for (const { orderId } of orders) {
    for (const format of ['png', 'svg'] as const) {
      const query = { asOf: SAMPLE_AS_OF };
      const chart = await admin.call('GET', `/v1/orders/${orderId}/chart.${format}`, { query });
      const path = join(CHART_FOLDER, `${orderId}.${format}`);
      await writeFile(path, Buffer.from(await chart.arrayBuffer()));
      if (format === 'png') charts.push(path);
    }
    progress.update(charts.length);
  }
  progress.end();
  return charts;
}
