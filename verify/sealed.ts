import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../core/canonical.ts';
import type { Span } from '../core/contract.ts';
import { countsUntil, graceEnd } from '../core/judge.ts';
import type { CriterionResult, Finding, MonthState, Totals } from '../core/month.ts';
import { MONTH_STATES } from '../core/month.ts';
import { metricSchema, perSchema } from '../core/normalFlow.ts';
import { civilDateSchema } from '../core/registry.ts';
import { type CivilDate, parseInstant } from '../core/time.ts';
import { storeFailure } from '../store/failure.ts';
import type { MonthResult } from '../store/monthResults.ts';

/** What a seal fixes of a month; the digest is over exactly this. */
export interface SealedMonth extends Span {
  readonly orderId: string;
  readonly month: number;
  readonly revision: number;
  readonly rulesVersion: string;
  /** The effectiveFrom of the solution's version that judged it; older seals lack it. */
  readonly ruleFrom?: CivilDate | undefined;
  readonly state: MonthState;
  readonly totals: Totals;
  readonly criteria: readonly CriterionResult[];
  readonly findings: readonly Finding[];
  /** The clock of the seal was simulated. */
  readonly simulated: boolean;
  /** From revision 2 on: the digest of the one before, so that a chain of digests fixes them all. */
  readonly previous?: string | undefined;
  /**
   * Beyond the month's own grace: events received before it count. Since a reopening, and since a
   * longer span was sealed of which an early end left this one; also in what is sealed after it.
   */
  readonly countedUntil?: string | undefined;
}

/** SHA-256 (hex) of the canonical JSON of a sealed month. */
function digestOf(canonical: string): string {
  return createHash('sha256').update(canonical).digest('hex');
}

export function toResult(
  sealed: SealedMonth,
  made: Pick<MonthResult, 'sealedAtMs' | 'verificationId'>,
): MonthResult {
  const result = canonicalJson(sealed);
  return {
    orderId: sealed.orderId,
    month: sealed.month,
    revision: sealed.revision,
    state: sealed.state,
    result,
    digest: digestOf(result),
    simulated: sealed.simulated,
    sealedAtMs: made.sealedAtMs,
    verificationId: made.verificationId,
  };
}

/**
 * Whether a seal is of this very span: an early end entered later cuts a month anew, and what was
 * sealed of the longer one says nothing of it.
 */
export function sealsSpan(sealed: SealedMonth, span: Span): boolean {
  return sealed.start === span.start && sealed.endExclusive === span.endExclusive;
}

/**
 * What a seal counted counts on in what is sealed of the month after it, whatever an early end has
 * moved since: what came before the reopening that it names, or in the grace of its own span.
 * @param seal of the month, the latest, whatever its span
 * @param month its span as it is now
 * @returns undefined where the month's own grace ends no earlier
 */
export function admittedMsOf(
  seal: Span & Pick<SealedMonth, 'countedUntil'>,
  month: Span,
  graceDays: number,
): number | undefined {
  const admittedMs = countsUntil(seal, graceDays, instantOf(seal.countedUntil));
  return admittedMs > graceEnd(month, graceDays) ? admittedMs : undefined;
}

function instantOf(countedUntil: string | undefined): number | undefined {
  if (countedUntil === undefined) return undefined;
  const instantMs = parseInstant(countedUntil);
  if (instantMs === undefined) throw new RangeError('a seal holds no instant');
  return instantMs;
}

/**
 * Reads a stored result back; throws where it cannot be read, its digest does not fit, or it is of
 * another month than the one it is stored under.
 */
export function fromResult(result: MonthResult): SealedMonth {
  const parsed = sealedSchema.safeParse(jsonOf(result.result));
  if (!parsed.success || digestOf(canonicalJson(parsed.data)) !== result.digest) {
    throw storeFailure(`month ${result.month} of ${result.orderId} differs from its digest`);
  }
  if (STORED_BESIDE.some((member) => parsed.data[member] !== result[member])) {
    throw storeFailure(`month ${result.month} of ${result.orderId} is stored under another`);
  }
  return parsed.data;
}

/** What is stored beside the sealed JSON as well, to find it by. */
const STORED_BESIDE = ['orderId', 'month', 'revision', 'state', 'simulated'] as const;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const wholeNumber = z.int().min(0);
const sealedSchema = z.strictObject({
  orderId: z.string(),
  month: z.int().min(1),
  start: civilDateSchema,
  endExclusive: civilDateSchema,
  revision: z.int().min(1),
  rulesVersion: z.string(),
  ruleFrom: civilDateSchema.optional(),
  state: z.enum(MONTH_STATES),
  totals: z.strictObject({
    logins: wholeNumber,
    interactions: wholeNumber,
    activeUsers: wholeNumber,
    events: wholeNumber,
  }),
  criteria: z.array(
    z.strictObject({
      metric: metricSchema,
      per: perSchema,
      atLeast: wholeNumber,
      in: wholeNumber.nullable(),
      cycles: z.array(
        z.strictObject({
          start: civilDateSchema,
          endExclusive: civilDateSchema,
          value: wholeNumber,
          met: z.boolean(),
        }),
      ),
      cyclesMet: wholeNumber,
      cyclesAsked: wholeNumber,
      met: z.boolean(),
    }),
  ),
  findings: z.array(
    z.strictObject({
      code: z.string(),
      severity: z.enum(['info', 'low', 'high']),
      explanation: z.string(),
      figures: z.record(z.string(), z.union([z.number(), z.string()])),
    }),
  ),
  simulated: z.boolean(),
  previous: z.string().optional(),
  countedUntil: z.string().optional(),
});
