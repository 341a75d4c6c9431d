import { z } from 'zod';
import { grouped } from '../core/grouped.ts';
import { GAPS_LISTED_MAX, REFUSED_NUMBERS_MAX } from '../core/limits.ts';
import { missingOf, sequenceOf } from '../core/sources.ts';
import { formatInstant } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import {
  type ReceivedWithin,
  refusedNumbersOf,
  type SourceCount,
  type SourceKey,
  stretchesOf,
} from '../store/sources.ts';

const count = z.int().min(0);

/** What is told of one source. Counts are of all; the gaps and resets listed are bounded. */
export const sourceSchema = z.object({
  vendorId: z.string(),
  source: z.string().nullable(),
  events: count,
  unnumbered: count,
  firstReceivedAt: z.string(),
  lastReceivedAt: z.string(),
  runs: count,
  firstSeq: count.nullable(),
  lastSeq: count.nullable(),
  missing: count,
  refused: count,
  duplicates: count,
  gapsTotal: count,
  gaps: z.array(
    z.object({
      run: count,
      fromSeq: count,
      toSeq: count,
      missing: count,
      refused: count,
      belowReceivedAt: z.string(),
      aboveReceivedAt: z.string(),
    }),
  ),
  resetsTotal: count,
  resets: z.array(z.object({ run: count, fromSeq: count, toSeq: count, receivedAt: z.string() })),
  complete: z.boolean(),
});
type Report = z.infer<typeof sourceSchema>;

/**
 * As many of the sources, from the first, as can be judged at once, and one at least. `complete` is
 * false where one alone is too irregular to be judged to its end.
 * @param sources by vendor and name
 */
export async function reportsOf(
  db: Database,
  within: ReceivedWithin,
  sources: readonly SourceCount[],
  stretchesMax: number,
): Promise<Report[]> {
  const keys = sources.filter(({ events, unnumbered }) => events > unnumbered);
  const stretches = await stretchesOf(db, { ...within, keys, limit: stretchesMax + 1 });
  const isCut = stretches.length > stretchesMax;
  const cutKey = isCut ? keyOf(stretches.at(-1)) : null;
  const bySource = grouped(stretches.slice(0, stretchesMax), keyOf);
  const judged = sources.map((source) => ({
    source,
    sequence: sequenceOf(bySource.get(keyOf(source)) ?? []),
  }));
  const cutAt = sources.findIndex((source) => keyOf(source) === cutKey);
  const shown = judged.slice(0, isCut ? Math.max(1, cutAt) : judged.length);
  const holed = shown.filter(({ sequence }) => (sequence?.gaps.length ?? 0) > 0);
  const refused = grouped(
    await refusedNumbersOf(db, {
      ...within,
      keys: holed.map(({ source }) => source),
      limitEach: REFUSED_NUMBERS_MAX,
    }),
    keyOf,
  );
  return shown.map(({ source, sequence }) => {
    const numbers = (refused.get(keyOf(source)) ?? []).map(({ seq }) => seq);
    const isJudged = keyOf(source) !== cutKey && numbers.length < REFUSED_NUMBERS_MAX;
    return toBody(source, sequence, numbers, isJudged);
  });
}

function toBody(
  source: SourceCount,
  sequence: ReturnType<typeof sequenceOf>,
  refused: readonly number[],
  complete: boolean,
): Report {
  const { gaps, ...missing } = missingOf(sequence?.gaps ?? [], refused, GAPS_LISTED_MAX);
  const resets = sequence?.resets ?? [];
  return {
    vendorId: source.vendorId,
    source: source.source || null,
    events: source.events,
    unnumbered: source.unnumbered,
    firstReceivedAt: formatInstant(source.firstReceivedMs),
    lastReceivedAt: formatInstant(source.lastReceivedMs),
    runs: sequence?.runs ?? 0,
    firstSeq: sequence?.firstSeq ?? null,
    lastSeq: sequence?.lastSeq ?? null,
    duplicates: sequence?.duplicates ?? 0,
    ...missing,
    gaps: gaps.map(({ belowReceivedMs, aboveReceivedMs, ...gap }) => ({
      ...gap,
      belowReceivedAt: formatInstant(belowReceivedMs),
      aboveReceivedAt: formatInstant(aboveReceivedMs),
    })),
    resetsTotal: resets.length,
    resets: resets.slice(0, GAPS_LISTED_MAX).map(({ receivedAtMs, ...reset }) => ({
      ...reset,
      receivedAt: formatInstant(receivedAtMs),
    })),
    complete,
  };
}

/** Vendor ids hold no space. */
function keyOf(of: SourceKey | undefined): string {
  return `${of?.vendorId} ${of?.source}`;
}
