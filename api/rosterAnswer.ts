import { z } from 'zod';
import { metricSchema, perSchema } from '../core/normalFlow.ts';
import { programmeIdSchema } from '../core/registry.ts';

/** The shape of a roster as JSON; it validates what leaves the server and documents it. */
const count = z.int().min(0);
const share = z.number().min(0);

const thresholdSchema = z.object({
  effectiveFrom: z.string(),
  metric: metricSchema,
  actions: z.array(z.string()).readonly().nullable(),
  per: perSchema,
  atLeast: z.int(),
  cycles: count,
  total: count,
  average: share.nullable(),
  keeps: z.boolean().nullable(),
});

const firmSchema = z.object({
  smeId: z.string(),
  name: z.string().nullable(),
  orderId: z.string(),
  vendorId: z.string(),
  solutionId: z.string(),
  solution: z.string(),
  contractStart: z.string(),
  contractEndExclusive: z.string(),
  endedEarlyOn: z.string().nullable(),
  introducedOn: z.string().nullable(),
  introducedInTime: z.boolean().nullable(),
  flow: count,
  thresholds: z.array(thresholdSchema).readonly(),
  keeps: z.boolean().nullable(),
  monthsHeld: count,
  monthsRejected: count,
});

const checkpointSchema = z.object({
  date: z.string(),
  due: z.boolean(),
  askedPercent: z.number(),
  flow: count,
  sharePercent: share,
  shareReached: z.boolean(),
  firmsBegun: count,
  firms: count,
  toolsIntroduced: count,
  tools: count,
  asksAllIntroduced: z.boolean(),
  allIntroduced: z.boolean(),
  keeping: count.nullable(),
  reached: z.boolean(),
  source: z.string(),
});

export const rosterSchema = z.object({
  caseId: z.string(),
  programme: programmeIdSchema,
  rulesVersion: z.string(),
  name: z.string(),
  kind: z.enum(['popular', 'inclusive']),
  asOf: z.string(),
  periodStart: z.string(),
  periodEnd: z.string(),
  firmCount: count,
  tier: z
    .object({
      tier: z.string(),
      firmsMin: count,
      firmsMax: count.nullable(),
      lumpSumMaxTwd: count,
      source: z.string(),
    })
    .nullable(),
  totalFlow: z.object({
    metric: metricSchema,
    target: count,
    flow: count,
    sharePercent: share,
    source: z.string(),
  }),
  toolsBy: z.object({
    date: z.string(),
    introducedInTime: count,
    tools: count,
    source: z.string(),
  }),
  checkpoints: z.array(checkpointSchema).readonly(),
  firms: z.array(firmSchema).readonly(),
  notChecked: z
    .array(z.object({ code: z.string(), detail: z.string(), source: z.string() }))
    .readonly(),
});
