import { z } from 'zod';
import { CLAIM_REASONS } from '../core/claim.ts';
import { MONTH_STATES } from '../core/month.ts';
import { metricSchema, perSchema } from '../core/normalFlow.ts';
import { programmeIdSchema } from '../core/registry.ts';

/** The shapes of answers; they validate what leaves the server and document it. */
const count = z.int().min(0);

export const orderSchema = z.object({
  orderId: z.string(),
  programme: programmeIdSchema,
  vendorId: z.string(),
  solutionId: z.string(),
  smeId: z.string(),
  contractStart: z.string(),
  contractMonths: z.int(),
  priceTwd: z.int(),
  pointsTwd: z.int(),
  closure: z.object({ date: z.string(), proof: z.string() }).nullable(),
  termination: z.object({ date: z.string(), reason: z.string() }).nullable(),
  caseId: z.string().nullable(),
  attachments: z.array(z.string()).readonly(),
});

export const totalsSchema = z.object({
  logins: count,
  interactions: count,
  activeUsers: count,
  events: count,
});

const cycleSchema = z.object({
  start: z.string(),
  endExclusive: z.string(),
  value: count,
  met: z.boolean(),
});

export const criterionResultSchema = z.object({
  metric: metricSchema,
  per: perSchema,
  atLeast: z.int(),
  in: z.int().nullable(),
  cycles: z.array(cycleSchema).readonly(),
  cyclesMet: count,
  cyclesAsked: count,
  met: z.boolean(),
});

const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(['info', 'low', 'high']),
  explanation: z.string(),
  figures: z.record(z.string(), z.union([z.number(), z.string()])).readonly(),
});

export const monthSchema = z.object({
  month: z.int(),
  start: z.string(),
  endExclusive: z.string(),
  state: z.enum(MONTH_STATES),
  claimable: z.boolean(),
  totals: totalsSchema,
  criteria: z.array(criterionResultSchema).readonly(),
  findings: z.array(findingSchema).readonly(),
  seal: z.object({ sealedAt: z.string(), digest: z.string(), revision: z.int() }).nullable(),
  review: z
    .object({
      decision: z.enum(['accept', 'reject']),
      by: z.string(),
      reason: z.string(),
      at: z.string(),
    })
    .nullable(),
});

export const monthsSchema = z.object({
  orderId: z.string(),
  programme: programmeIdSchema,
  rulesVersion: z.string(),
  asOf: z.string(),
  claimableMonths: count,
  months: z.array(monthSchema).readonly(),
});

export const claimSchema = z.object({
  orderId: z.string(),
  programme: programmeIdSchema,
  rulesVersion: z.string(),
  instalment: z.int(),
  asOf: z.string(),
  eligible: z.boolean(),
  reasons: z
    .array(
      z.object({
        code: z.enum(CLAIM_REASONS),
        detail: z.string(),
        zh: z.string(),
        source: z.string(),
      }),
    )
    .readonly(),
  claimableMonths: count,
  contractMonths: count,
  amountTwd: z.int(),
  drawnTwd: z.int(),
  termination: z
    .object({
      usedMonths: count,
      pointsReturned: count,
      selfPaymentReturned: count,
      usableUntil: z.string().nullable(),
    })
    .nullable(),
  steps: z
    .array(
      z.object({
        label: z.string(),
        zh: z.string(),
        source: z.string(),
        value: z.union([z.number(), z.string()]),
      }),
    )
    .readonly(),
});

/** A contract month as a draw saw it: from the money to what it was paid on. */
export const drawnMonthSchema = z.object({
  month: z.int(),
  state: z.enum(MONTH_STATES),
  claimable: z.boolean(),
  /** Null where the month was not sealed yet. */
  revision: z.int().nullable(),
  digest: z.string().nullable(),
  review: z
    .object({ decision: z.enum(['accept', 'reject']), by: z.string(), at: z.string() })
    .nullable(),
});

export const statementSchema = claimSchema.extend({
  statementId: z.string(),
  kind: z.enum(['claim', 'clawback']),
  drawnAt: z.string(),
  /** Null of a statement that was drawn before months were kept with it. */
  months: z.array(drawnMonthSchema).readonly().nullable(),
});

/** How far a verification is, in orders. */
export const progressSchema = z.object({
  state: z.enum(['queued', 'running', 'done', 'failed']),
  done: z.int(),
  total: z.int(),
});

/** What became of a line of a registry file. */
export const registryResultSchema = z.object({
  line: z.int(),
  kind: z.string().nullable(),
  id: z.string().nullable(),
  status: z.enum(['stored', 'unchanged', 'refused']),
  code: z.string().nullable(),
  detail: z.string().nullable(),
});
