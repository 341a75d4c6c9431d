import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { pseudonymSecretOf } from '../cli/files.ts';
import { startChild } from './ingest/children.ts';
import { eventSource } from './ingest/events.ts';
import { Sender, type Sent } from './ingest/sender.ts';
import { type BenchServer, startServer } from './ingest/server.ts';
import { sendSingles } from './ingest/singles.ts';
import { withStolen } from './ingest/stolen.ts';
import type { BenchOptions } from './options.ts';

const BATCH_EVENTS = 1_000;
const CONNECTIONS = 8;
const EVENTS = 1_000_000;
const SECONDS = 10;
/** Sent before the clock starts: code is compiled, files are there. */
const WARM_UP_EVENTS = 50_000;
/** More says nothing new about a bare insert. */
const BARE_EVENTS_MAX = 1_000_000;
/** What a range of the loader holds under load. */
const BARE_INSERT_ROWS = 50_000;
const CURVE_EVENTS = 1_000_000;

/** Events over HTTP until the store has them; each limit is measured in the same run. */
export async function benchmark(options: BenchOptions): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'flowproof-bench-'));
  try {
    return await measure(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function measure(folder: string, options: BenchOptions): Promise<Record<string, unknown>> {
  const seconds = options.seconds ?? SECONDS;
  const events = options.events ?? EVENTS;
  const idsBehind = options.idsBehind ?? 0;
  const data = join(folder, 'data');
  await mkdir(data);
  if (idsBehind > 0) {
    say(`making ${idsBehind} other ids known`);
    pseudonymSecretOf(data);
    await answerOf('./storeChild.ts', [data, 'fill', String(idsBehind)]);
  }
  const source = eventSource(Date.now(), BATCH_EVENTS);
  const server = await startServer(data, source.registry);
  const sender = new Sender({ ...server, source, batchEvents: BATCH_EVENTS });
  const load = await underLoad(server, sender, events, seconds);
  sender.close();
  await server.stop();
  say('counting what is stored');
  const stored = storedSchema.parse(await answerOf('./storeChild.ts', [data, 'count']));
  await rm(data, { recursive: true, force: true });
  const bare = await bareLimits(folder, Math.min(events, BARE_EVENTS_MAX), seconds);
  const { batches, half, single } = load;
  return {
    events: load.acknowledged,
    eventsPerSecond: batches.eventsPerSecond,
    bareInsertEventsPerSecond: bare.inserts.eventsPerSecond,
    ratio: rounded(batches.eventsPerSecond / bare.inserts.eventsPerSecond, 3),
    singleRequestsPerSecond: Math.round(single.requestsPerSecond),
    bareFastifyRequestsPerSecond: Math.round(bare.single.requestsPerSecond),
    singleRatio: rounded(single.requestsPerSecond / bare.single.requestsPerSecond, 3),
    p50Ms: percentile(half.latenciesMs, 0.5),
    p99Ms: percentile(half.latenciesMs, 0.99),
    lost: load.acknowledged - stored.ids,
    double: stored.rows - stored.ids,
    peakRssMiB: load.peakRssMiB,
    freshnessMs: half.freshnessMs,
    cpuUsPerEvent: rounded(batches.cpuUsPerEvent, 1),
    bareInsertCpuUsPerEvent: rounded(bare.inserts.cpuUsPerEvent, 1),
    stolen: {
      batches: batches.stolen,
      bareInsert: bare.inserts.stolen,
      single: single.stolen,
      bareFastify: bare.single.stolen,
      halfLoad: half.stolen,
    },
    idsBehind,
    rssMiBByMillion: batches.rssMiB,
  };
}

async function underLoad(server: BenchServer, sender: Sender, events: number, seconds: number) {
  let acknowledged = 0;
  const counted = (sent: Sent) => {
    acknowledged += sent.events;
    return sent;
  };
  await sender.stored(counted(await sender.flood(WARM_UP_EVENTS, CONNECTIONS)).last);
  say(`sending ${events} events in batches of ${BATCH_EVENTS}`);
  const batches = await withStolen(() => flood(server, sender, events));
  counted(batches.sent);
  say(`${batches.eventsPerSecond} events/s; half of that for ${seconds} s`);
  const rate = batches.eventsPerSecond / 2;
  const half = await withStolen(async () => counted(await sender.atRate(rate, seconds)));
  const answeredMs = performance.now();
  await sender.stored(half.last);
  const freshnessMs = Math.round(performance.now() - answeredMs);
  say(`single events for ${seconds} s`);
  const next = () => sender.single();
  const single = await withStolen(() => sendSingles(server.url, seconds, next));
  acknowledged += single.accepted;
  await sender.stored(counted(await sender.flood(BATCH_EVENTS, 1)).last);
  const peakRssMiB = server.peakRssMiB();
  return { batches, half: { ...half, freshnessMs }, single, peakRssMiB, acknowledged };
}

/** From the first byte sent until the last event is in the store. */
async function flood(server: BenchServer, sender: Sender, events: number) {
  const rssMiB: number[] = [];
  const [startedMs, startedCpuMs] = [performance.now(), server.cpuMs()];
  const secondsSince = () => (performance.now() - startedMs) / 1_000;
  const sent = await sender.flood(events, CONNECTIONS, (sum) => {
    if (sum % CURVE_EVENTS !== 0) return;
    rssMiB.push(server.rssMiB());
    const speed = Math.round(sum / secondsSince());
    say(`${sum} events, ${rssMiB.at(-1)} MiB, ${speed} events/s acknowledged`);
  });
  await sender.stored(sent.last);
  const eventsPerSecond = Math.round(sent.events / secondsSince());
  const cpuUsPerEvent = ((server.cpuMs() - startedCpuMs) * 1_000) / sent.events;
  return { sent, rssMiB, eventsPerSecond, cpuUsPerEvent };
}

async function bareLimits(folder: string, events: number, seconds: number) {
  say('bare inserts');
  const data = join(folder, 'bare');
  await mkdir(data);
  const args = [data, String(events), String(BARE_INSERT_ROWS)];
  const inserts = await withStolen(async () =>
    insertsSchema.parse(await answerOf('./bareInsertChild.ts', args)),
  );
  say('bare Fastify');
  const child = startChild('./bareFastifyChild.ts');
  const url = `http://127.0.0.1:${Number(await child.next())}`;
  const source = eventSource(Date.now(), BATCH_EVENTS);
  let number = 0;
  const single = await withStolen(() =>
    sendSingles(url, seconds, () => {
      number += 1;
      return { body: source.event(number), key: KEY_SHAPE };
    }),
  );
  await child.end();
  return { inserts, single };
}

/** As long as a real key: bare Fastify reads the same headers. */
const KEY_SHAPE = 'fp_vendor_'.padEnd(58, '0');
const storedSchema = z.object({ rows: z.int(), ids: z.int() });
const insertsSchema = z.object({ eventsPerSecond: z.number(), cpuUsPerEvent: z.number() });

async function answerOf(script: string, args: readonly string[]): Promise<unknown> {
  return startChild(script, args).next();
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return rounded(sorted[at] ?? Number.NaN, 1);
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
