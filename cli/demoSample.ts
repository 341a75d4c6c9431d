import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';

/** Data in the form of `samples/vcs-small`; what that is stands in the README there. */

export const SAMPLE = fileURLToPath(new URL('../samples/vcs-small', import.meta.url));

/** The day as of which the sample is verified. */
export const SAMPLE_AS_OF = '2026-08-24';

const batchSchema = z.object({
  vendorId: z.string(),
  receivedAt: z.string(),
  events: z.array(z.looseObject({ id: z.unknown() })),
});
export type SampleBatch = z.infer<typeof batchSchema>;

const expectedMonthSchema = z.object({
  month: z.int(),
  start: z.string(),
  endExclusive: z.string(),
  state: z.string(),
  totals: z.record(z.string(), z.int()),
  criteria: z.array(
    z.object({
      metric: z.string(),
      per: z.string(),
      cyclesMet: z.int(),
      cyclesAsked: z.int(),
      /** Of its cycles, in order. */
      values: z.array(z.int()),
      met: z.boolean(),
    }),
  ),
});
const expectedSchema = z.object({
  asOf: z.string(),
  orders: z.array(
    z.object({
      orderId: z.string(),
      claimableMonths: z.int(),
      months: z.array(expectedMonthSchema),
    }),
  ),
});
export type ExpectedMonths = z.infer<typeof expectedSchema>;

/** By the number of the batch, from 0: `[index, code]` of each refused event. */
const rejectsSchema = z.record(z.string(), z.array(z.tuple([z.int(), z.string()])));
export type ExpectedRejects = z.infer<typeof rejectsSchema>;

export function readRegistry(folder = SAMPLE): Promise<Buffer> {
  return readFile(join(folder, 'registry.ndjson'));
}

/** In the order in which they are to be sent. */
export async function readBatches(folder = SAMPLE): Promise<SampleBatch[]> {
  const text = createReadStream(join(folder, 'batches.ndjson.gz')).pipe(createGunzip());
  const batches: SampleBatch[] = [];
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') batches.push(batchSchema.parse(JSON.parse(line)));
  }
  return batches;
}

/**
 * Batches that may go at the same time: neighbours in which no event id comes twice. Each carries
 * its own time of receipt, so that nothing that is counted depends on which of them arrives first.
 */
export function wavesOf(batches: readonly SampleBatch[]): SampleBatch[][] {
  const waves: SampleBatch[][] = [];
  let wave: SampleBatch[] = [];
  let taken = new Set<string>();
  for (const batch of batches) {
    const ids = batch.events.map((event) => JSON.stringify([batch.vendorId, event.id]));
    if (wave.length === WAVE_BATCHES_MAX || ids.some((id) => taken.has(id))) {
      waves.push(wave);
      [wave, taken] = [[], new Set()];
    }
    wave.push(batch);
    for (const id of ids) taken.add(id);
  }
  return wave.length === 0 ? waves : [...waves, wave];
}

/** As many connections at once as a small installation sees. */
const WAVE_BATCHES_MAX = 32;

export async function readExpected(): Promise<{
  months: ExpectedMonths;
  rejects: ExpectedRejects;
}> {
  const [months, rejects] = await Promise.all([
    readFile(join(SAMPLE, `expected-${SAMPLE_AS_OF}.json`), 'utf8'),
    readFile(join(SAMPLE, 'expected-rejects.json'), 'utf8'),
  ]);
  return {
    months: expectedSchema.parse(JSON.parse(months)),
    rejects: rejectsSchema.parse(JSON.parse(rejects)),
  };
}
