import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { WHAT_IF_FLIPS_MAX } from '../../core/limits.ts';
import { MONTH_STATES } from '../../core/month.ts';
import { criterionSchema, normalFlowSchema, ruleFaults } from '../../core/normalFlow.ts';
import { type Solution, versionInForce } from '../../core/registry.ts';
import { dateOf, formatInstant } from '../../core/time.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { asOfOf, at, notFound } from '../request.ts';

/** How a solution's declared normal flow stands to real use, and what another would change. */
export function registerCalibration(scope: FastifyInstance, deps: ApiDependencies): void {
  registerGet(scope, deps);
  registerWhatIf(scope, deps);
}

function registerGet(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('getCalibration'),
    schema: {
      summary: 'Real use of a solution, the share of months passing at each threshold, flags',
      params: z.object({ solutionId: z.string() }),
      querystring: z.strictObject({ asOf: z.string().optional() }),
      response: { 200: calibrationSchema },
    },
    handler: async (request) => {
      const solution = solutionOf(request.params.solutionId, deps);
      const asOfMs = asOfOf(request.query.asOf, request);
      const { version, calibration } = await deps.trials.calibrationOf(solution, asOfMs);
      const { solutionId } = solution;
      const { effectiveFrom, normalFlow } = version;
      const asOf = formatInstant(asOfMs);
      return { solutionId, asOf, effectiveFrom, normalFlow, ...calibration };
    },
  });
}

function registerWhatIf(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('postWhatIf'),
    schema: {
      summary: 'Which past months a proposed normal flow would change; nothing is stored',
      params: z.object({ solutionId: z.string() }),
      body: z.strictObject({
        normalFlow: normalFlowSchema,
        interactions: z.array(z.string().min(1).max(64)).max(64).nullish(),
        asOf: z.string().nullish(),
      }),
      response: { 200: whatIfSchema },
    },
    handler: async (request) => {
      const { normalFlow, interactions = null, asOf } = request.body;
      const solution = solutionOf(request.params.solutionId, deps);
      const asOfMs = asOfOf(asOf, request);
      const declared = interactions ?? versionInForce(solution, dateOf(asOfMs)).interactions;
      const faults = ruleFaults(normalFlow, declared);
      if (faults.length > 0) throw new FlowproofError('rule_invalid', `${faults.join('; ')}.`);
      const proposal = { normalFlow, interactions };
      const { flips, ...counts } = await deps.trials.whatIf(solution, proposal, asOfMs);
      return {
        solutionId: solution.solutionId,
        asOf: formatInstant(asOfMs),
        ...counts,
        flips: flips.slice(0, WHAT_IF_FLIPS_MAX),
      };
    },
  });
}

function solutionOf(solutionId: string, deps: ApiDependencies): Solution {
  const solution = deps.registry.view.solution(solutionId);
  if (solution === undefined) throw notFound();
  return solution;
}

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const distributionSchema = z.object({
  min: count,
  p10: count,
  p25: count,
  p50: count,
  p75: count,
  p90: count,
  max: count,
});

export const calibrationSchema = z.object({
  solutionId: z.string(),
  asOf: z.string(),
  effectiveFrom: z.string(),
  normalFlow: normalFlowSchema,
  months: count,
  monthsPassing: count,
  monthsSilent: count,
  usage: z
    .object({
      logins: distributionSchema,
      interactions: distributionSchema,
      activeUsers: distributionSchema,
      events: distributionSchema,
    })
    .nullable(),
  criteria: z
    .array(
      z.object({
        criterion: criterionSchema,
        reach: distributionSchema.nullable(),
        passing: z.array(z.object({ atLeast: count, share })).readonly(),
        suggestion: z.object({ atLeast: count, share }).nullable(),
      }),
    )
    .readonly(),
  idle: z.object({ months: count, eventsAtMost: count, share }).nullable(),
  flags: z
    .array(
      z.object({
        code: z.enum(['token_use_passes', 'idle_months_pass', 'few_months']),
        explanation: z.string(),
      }),
    )
    .readonly(),
});

export const whatIfSchema = z.object({
  solutionId: z.string(),
  asOf: z.string(),
  months: count,
  gained: count,
  lost: count,
  flips: z
    .array(
      z.object({
        orderId: z.string(),
        month: z.int(),
        start: z.string(),
        endExclusive: z.string(),
        from: z.enum(MONTH_STATES),
        to: z.enum(['met', 'short', 'silent']),
      }),
    )
    .readonly(),
});
