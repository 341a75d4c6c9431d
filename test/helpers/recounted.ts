import { isDeepStrictEqual } from 'node:util';
import type { Client } from './app.ts';

/**
 * Answers over HTTP beside those of an independent recount, in the form of `samples/`. What differs
 * is listed, so that one run shows all of it; an empty list is the proof.
 */

export interface ExpectedOrder {
  readonly orderId: string;
  readonly claimableMonths: number;
  readonly months: readonly Record<string, unknown>[];
}

interface FoundCriterion {
  readonly metric: string;
  readonly per: string;
  readonly cyclesMet: number;
  readonly cyclesAsked: number;
  readonly cycles: readonly { readonly value: number }[];
  readonly met: boolean;
}

interface FoundMonth extends Record<string, unknown> {
  readonly criteria: readonly FoundCriterion[];
}

export interface FoundOrder {
  readonly claimableMonths: number;
  readonly months: readonly FoundMonth[];
}

export interface ExpectedClaim {
  readonly orderId: string;
  readonly instalment: number;
  readonly asOf: string;
  /** What instalment 1 had drawn by then. */
  readonly drawnBefore: number;
  readonly claimableMonths: number;
  readonly eligible: boolean;
  readonly reasons: readonly string[];
  readonly amountTwd: number;
}

interface FoundClaim {
  readonly eligible: boolean;
  readonly claimableMonths: number;
  readonly amountTwd: number;
  readonly drawnTwd: number;
  readonly reasons: readonly { readonly code: string }[];
}

export function difference(where: string, found: unknown, expected: unknown): string[] {
  if (isDeepStrictEqual(found, expected)) return [];
  return [`${where}: ${JSON.stringify(found)} for ${JSON.stringify(expected)}`];
}

/** Every month with its totals, criteria and values. */
export function orderDifferences(
  where: string,
  found: FoundOrder,
  expected: ExpectedOrder,
): string[] {
  return [
    ...difference(`${where} claimableMonths`, found.claimableMonths, expected.claimableMonths),
    ...difference(`${where} months`, found.months.map(asRecounted), expected.months),
  ];
}

/** A month as the recount writes it. */
function asRecounted({ criteria, findings, seal, review, ...month }: FoundMonth) {
  return {
    ...month,
    criteria: criteria.map(({ metric, per, cyclesMet, cyclesAsked, cycles, met }) => ({
      metric,
      per,
      cyclesMet,
      cyclesAsked,
      values: cycles.map((c) => c.value),
      met,
    })),
  };
}

/** The claims of one order in their order; where instalment 1 was drawn before, it is drawn first. */
export async function claimDifferences(
  client: Client,
  claims: readonly ExpectedClaim[],
): Promise<string[]> {
  const differences: string[] = [];
  let isDrawn = false;
  for (const expected of claims) {
    if (expected.drawnBefore > 0 && !isDrawn) {
      const first = claims.find((c) => c.instalment === 1 && c.eligible);
      await draw(client, expected.orderId, first?.asOf ?? 'none');
      isDrawn = true;
    }
    differences.push(...(await claimDifference(client, expected)));
  }
  return differences;
}

async function draw(client: Client, orderId: string, asOf: string): Promise<void> {
  const headers = { 'flowproof-now': `${asOf}T00:00:00+08:00` };
  const path = `/v1/orders/${orderId}/claims`;
  (await client.post(path, { instalment: 1, asOf }, headers)).ok(201);
}

async function claimDifference(client: Client, expected: ExpectedClaim): Promise<string[]> {
  const { orderId, instalment, asOf } = expected;
  const path = `/v1/orders/${orderId}/claim?instalment=${instalment}&asOf=${asOf}`;
  const found = (await client.get(path)).ok<FoundClaim>();
  const where = `claim ${orderId} ${instalment} ${asOf}`;
  const codes = found.reasons.map((r) => r.code).sort();
  return [
    ...difference(`${where} eligible`, found.eligible, expected.eligible),
    ...difference(`${where} months`, found.claimableMonths, expected.claimableMonths),
    ...difference(`${where} amount`, found.amountTwd, expected.amountTwd),
    ...difference(`${where} drawn`, found.drawnTwd, expected.drawnBefore),
    ...difference(`${where} reasons`, codes, [...new Set(expected.reasons)].sort()),
  ];
}
