import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { contractOf } from '../../core/contract.ts';
import { excludedGroups, explainedSpan } from '../../core/exclusion.ts';
import { explainMonth } from '../../core/explain.ts';
import { programmeOf } from '../../core/programmes/index.ts';
import { mayCall } from '../../core/routes.ts';
import { formatInstant } from '../../core/time.ts';
import { findConflicts, groupUses } from '../../store/excluded.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { explanationSchema } from '../explanationAnswer.ts';
import { monthFor, monthOf } from '../months.ts';
import { asOfOf, at, notFound, ownerOf, visibleOrder } from '../request.ts';
import { countingTermsOf } from '../terms.ts';

/** Why a contract month is what the months of the same asOf say. */
export function registerExplanation(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('getExplanation'),
    schema: {
      summary: 'A month explained: distance to each threshold, what was left out and why, in words',
      params: z.object({ orderId: z.string(), month: z.string() }),
      querystring: z.strictObject({ asOf: z.string().optional() }),
      response: { 200: explanationSchema },
    },
    handler: async (request) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const { month: number } = monthOf(order, request.params.month);
      const asOfMs = asOfOf(request.query.asOf, request);
      const [[answer], terms] = await Promise.all([
        deps.months.monthsOf([order], asOfMs),
        countingTermsOf(order, asOfMs, deps),
      ]);
      const decision = answer?.months[number - 1];
      const contract = contractOf(order);
      const month = contract.months[number - 1];
      const ofMonth = terms.months[number - 1];
      if (answer === undefined || decision === undefined) throw notFound();
      if (month === undefined || ofMonth === undefined) throw notFound();
      const owner = ownerOf(request);
      const { role } = owner;
      const { countedUntilMs, version } = ofMonth;
      const { solutionId, smeId, vendorId, orderId, programme } = order;
      const span = explainedSpan(contract, month);
      const question = { solutionId, smeId, ...span, countedUntilMs, asOfMs };
      const [uses, conflicts] = await Promise.all([
        groupUses(deps.db, question),
        findConflicts(deps.db, vendorId, question),
      ]);
      const explanation = explainMonth({
        order,
        contract,
        month,
        decision: monthFor(decision, owner),
        rule: version.normalFlow,
        graceDays: programmeOf(programme).graceDays,
        countedUntilMs,
        excluded: excludedGroups(uses, terms, conflicts),
        mayList: { events: mayCall(role, 'listEvents'), rejects: mayCall(role, 'listRejects') },
      });
      const asOf = formatInstant(asOfMs);
      return { orderId, programme, rulesVersion: answer.rulesVersion, asOf, ...explanation };
    },
  });
}
