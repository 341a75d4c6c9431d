import { DAY_MS } from '../../core/time.ts';
import { type Client, eventOf, type Seed, seed } from '../helpers/app.ts';
import { ClockServer } from './clockServer.ts';
import { eventsOf, Manifest, twoMonthsAt } from './manifest.ts';
import { type FaultOptions, type FaultReport, pause, type Scenario, scaled } from './scenario.ts';
import { sendBatch } from './senders.ts';

/** The clock of a running server stepped by seconds and days, also over a restart. */
export const clock: Scenario = {
  what: "the server's clock stepped forward and back, also over a restart",
  run: runClock,
};

const START_MS = Date.parse('2026-03-20T12:00:00+08:00');
const BATCHES_PER_STEP = 40;
const EVENTS_PER_BATCH = 10;
/** In order, while the server runs. */
const STEPS_MS = [DAY_MS, -DAY_MS, -DAY_MS, 30_000, -30_000, DAY_MS, -2 * DAY_MS];
const AHEAD_OF_ALL_MS = 3 * DAY_MS + 3_600_000;
/** Its first month ends on 14 March, its grace twelve hours after the start: at 00:00 of the 21st. */
const GRACE_ENDS_SOON = { contractStart: '2026-02-14' };
const IN_ITS_FIRST_MONTH = '2026-02-20T10:00:00+08:00';
const WAIT_MS_MAX = 30_000;

async function runClock({ scale, progress }: FaultOptions): Promise<FaultReport> {
  const server = await ClockServer.start(START_MS);
  try {
    const sealed = await sealAhead(server);
    progress('a month was sealed by a clock that was a day ahead');
    const seeded = await seed(server, 'clock', { order: twoMonthsAt(START_MS) });
    const manifest = new Manifest(seeded, 'clock', START_MS);
    const say = () => progress(`${server.steps} steps, ${manifest.acknowledged} acknowledged`);
    const batchIds = await stepAndSend(server, manifest, scaled(BATCHES_PER_STEP, scale, 4), say);
    batchIds.push(...(await stepBackOverRestart(server, manifest)));
    progress(`${server.steps} steps, the last over a restart`);
    const { lost, double, problems: uncounted } = await manifest.compare(server.admin);
    const backwards = await stepsBack(server.admin.as(seeded.vendor.key), batchIds);
    return {
      runs: server.steps,
      runsAre: 'steps',
      injected: server.steps,
      acknowledged: manifest.acknowledged,
      lost,
      double,
      problems: [
        ...sealed.problems,
        ...uncounted,
        ...(backwards > 0 ? [`${backwards} received times are before those of earlier ones`] : []),
      ],
      figures: {
        batchesInOrder: batchIds.length,
        restarts: 1,
        eventsListedBeyondTheSealOfAClockAhead: sealed.listedBeyondTheSeal,
      },
    };
  } finally {
    await server.remove();
  }
}

/** A clock a day ahead seals a month: what comes when it is right again changes nothing of it. */
async function sealAhead(server: ClockServer) {
  const seeded = await seed(server, 'sealed', { order: GRACE_ENDS_SOON });
  await sendOne(server, seeded, 'before');
  server.step(DAY_MS);
  const sealed = await sealedMonth(server, seeded);
  server.step(-DAY_MS);
  await sendOne(server, seeded, 'after');
  server.step(DAY_MS);
  const later = await firstMonth(server, seeded);
  const events = await eventsOf(server.admin, seeded.orderId);
  server.step(-DAY_MS);
  const counted = events.filter((event) => event.counted).length;
  return {
    listedBeyondTheSeal: counted - sealed.totals.events,
    problems: [
      ...(sealed.seal === null || later.seal === null ? ['the month was not sealed'] : []),
      ...(later.totals.events === 1 && counted <= 2 ? [] : ['a sealed month changed']),
    ],
  };
}

/** One batch after the other, each step's first ones sent again after the next step. */
async function stepAndSend(
  server: ClockServer,
  manifest: Manifest,
  batches: number,
  say: () => void,
): Promise<string[]> {
  const vendor = server.admin.as(manifest.seed.vendor.key);
  const ids = await sendNext(vendor, manifest, batches);
  for (const ms of STEPS_MS) {
    server.step(ms);
    ids.push(...(await sendNext(vendor, manifest, batches)));
    for (const batch of manifest.batches.slice(-batches * 2, -batches)) {
      ids.push(await sendKept(vendor, batch));
    }
    say();
  }
  return ids;
}

/** What was acknowledged is not stored yet when the server starts with its clock a day back. */
async function stepBackOverRestart(server: ClockServer, manifest: Manifest): Promise<string[]> {
  const { key } = manifest.seed.vendor;
  // Later than anything that is stored.
  server.step(AHEAD_OF_ALL_MS);
  await server.killStore();
  const ids = await sendNext(server.admin.as(key), manifest, 10);
  await server.stop();
  server.step(-DAY_MS);
  await server.startStore();
  await server.start();
  ids.push(...(await sendNext(server.admin.as(key), manifest, 10)));
  // A month knows what was received until now: the clock goes where it was.
  server.step(DAY_MS);
  return ids;
}

async function sendNext(vendor: Client, manifest: Manifest, batches: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < batches; i += 1) {
    ids.push(await sendKept(vendor, manifest.next(EVENTS_PER_BATCH)));
  }
  return ids;
}

async function sendKept(vendor: Client, batch: Parameters<typeof sendBatch>[1]): Promise<string> {
  const answer = await sendBatch(vendor, batch);
  return answer?.ok<{ batchId: string }>().batchId ?? '';
}

/** How often a batch was received before one that was answered earlier. */
async function stepsBack(vendor: Client, batchIds: readonly string[]): Promise<number> {
  let last = 0;
  let count = 0;
  for (const batchId of batchIds) {
    const found = await vendor.get(`/v1/batches/${batchId}`);
    const receivedMs = Date.parse(found.ok<{ receivedAt: string }>().receivedAt);
    if (receivedMs < last) count += 1;
    last = Math.max(last, receivedMs);
  }
  return count;
}

/** Waits until it is stored. */
async function sendOne(server: ClockServer, seeded: Seed, id: string): Promise<void> {
  const event = eventOf(seeded, { id, occurredAt: IN_ITS_FIRST_MONTH });
  (await server.admin.as(seeded.vendor.key).post('/v1/events', event)).ok();
}

interface FirstMonth {
  readonly totals: { readonly events: number };
  readonly seal: object | null;
}

async function firstMonth({ admin }: ClockServer, { orderId }: Seed): Promise<FirstMonth> {
  const answer = await admin.get(`/v1/orders/${orderId}/months`);
  const [month] = answer.ok<{ months: FirstMonth[] }>().months;
  if (month === undefined) throw new Error('the order has no months');
  return month;
}

/** The workers are told once a second until when everything is stored: asked for until it is sealed. */
async function sealedMonth(server: ClockServer, seeded: Seed): Promise<FirstMonth> {
  for (const until = Date.now() + WAIT_MS_MAX; ; await pause(500)) {
    await verify(server.admin);
    const month = await firstMonth(server, seeded);
    if (month.seal !== null || Date.now() > until) return month;
  }
}

async function verify(admin: Client): Promise<void> {
  const asked = await admin.post('/v1/verifications', {});
  const { verificationId } = asked.ok<{ verificationId: string }>(202);
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await pause(50)) {
    const { state } = (await admin.get(`/v1/verifications/${verificationId}`)).ok();
    if (state === 'done') return;
    if (state === 'failed') break;
  }
  throw new Error('the verification did not end');
}
