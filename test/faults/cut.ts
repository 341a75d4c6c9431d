import { connect, type Socket } from 'node:net';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { eventsOf, Manifest, type SentBatch } from './manifest.ts';
import { type FaultOptions, type FaultReport, pause, type Scenario, scaled } from './scenario.ts';
import { sendBatch } from './senders.ts';
import { FaultServer } from './server.ts';

/** The connection gone after the body and before the answer; one batch sent for ever. */
export const cut: Scenario = {
  what: 'connection cut after the body and before the answer; one batch 50 times',
  run: runCut,
};

const BATCHES = 500;
const EVENTS_PER_BATCH = 10;
const LANES = 5;
/** Between the body and the cut: half of them before an answer is made, half around and after it. */
const CUT_MS_MAX = 4;
const LATE_CUT_MS_MAX = 100;
const LATEST_CUT_MS_MAX = 5_000;
/** What was taken is seen by then. */
const STORED_MS = 1_000;
const REPEATS = 50;
const RESTARTS = 4;

async function runCut({ scale, seed, progress }: FaultOptions): Promise<FaultReport> {
  const server = await FaultServer.start();
  try {
    const manifest = new Manifest(server.seed, 'cut');
    const { cuts, before } = await cutUntilStored(server, manifest, {
      batches: scaled(BATCHES, scale, 20),
      seed,
    });
    const cutBatches = [...manifest.batches];
    for (const batch of cutBatches) await sendBatch(server.vendor, batch);
    progress(`${cuts} connections were cut, ${before.length} events were stored all the same`);
    const restarts = scaled(RESTARTS, scale);
    const repeats = await repeat(server, manifest, restarts);
    const { lost, double, problems } = await manifest.compare(server.admin);
    const { length } = manifest.unanswered;
    return {
      runs: cutBatches.length,
      runsAre: 'batches',
      injected: cuts,
      acknowledged: manifest.acknowledged,
      lost,
      double,
      problems: [
        ...problems,
        ...(length > 0 ? [`${length} batches are not accepted when sent again`] : []),
        ...(before.length === 0 ? ['no cut came after the events were on disk'] : []),
      ],
      figures: {
        storedWithoutAnswer: before.length,
        sameBatchSent: repeats,
        restartsMeanwhile: restarts,
      },
    };
  } finally {
    await server.remove();
  }
}

interface Cuts {
  readonly batches: number;
  readonly seed: number;
}

/** A busy machine reads no body in time: the cuts come later, until one came late enough. */
async function cutUntilStored(server: FaultServer, manifest: Manifest, options: Cuts) {
  let cuts = 0;
  for (let lateMs = LATE_CUT_MS_MAX; ; lateMs *= 4) {
    cuts += await cutAll(server, manifest, options, lateMs);
    await pause(STORED_MS);
    const before = await eventsOf(server.admin, server.seed.orderId);
    if (before.length > 0 || lateMs > LATEST_CUT_MS_MAX) return { cuts, before };
  }
}

async function cutAll(
  server: FaultServer,
  manifest: Manifest,
  { batches, seed }: Cuts,
  lateMs: number,
) {
  const random = seededRandom(seed);
  const lane = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const batch = manifest.next(EVENTS_PER_BATCH);
      const cutMs = random() * (random() < 0.5 ? CUT_MS_MAX : lateMs);
      await sendAndCut(server, batch, cutMs, random() < 0.5);
    }
  };
  const each = Math.ceil(batches / LANES);
  await Promise.all(Array.from({ length: LANES }, () => lane(each)));
  return each * LANES;
}

/** Reads nothing: an answer that comes before the cut is lost on its way. */
async function sendAndCut(
  { vendor }: FaultServer,
  batch: SentBatch,
  afterMs: number,
  byReset: boolean,
): Promise<void> {
  const { hostname, port } = new URL(vendor.url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => undefined);
  await write(socket, requestOf(vendor.key ?? '', JSON.stringify(batch.events)));
  await pause(afterMs);
  if (byReset) socket.resetAndDestroy();
  else socket.destroy();
}

function requestOf(key: string, body: string): string {
  const head = [
    'POST /v1/events HTTP/1.1',
    'Host: flowproof',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    socket.write(text, () => resolve());
  });
}

/** One batch, over several connections at once, with the server killed and started between. */
async function repeat(server: FaultServer, manifest: Manifest, restarts: number): Promise<number> {
  const batch = manifest.next(EVENTS_PER_BATCH);
  const rounds = restarts + 1;
  for (let round = 0; round < rounds; round += 1) {
    if (round > 0) {
      await server.kill();
      await server.restart();
    }
    const sends = Array.from({ length: Math.ceil(REPEATS / rounds) }, () =>
      sendBatch(server.vendor, batch),
    );
    await Promise.all(sends);
  }
  return batch.attempts;
}
