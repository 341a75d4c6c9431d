import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ForeignUse } from '../../core/beyond.ts';
import { type ContractMonth, foreignDaysOf } from '../../core/contract.ts';
import {
  type CountingTerms,
  excludedGroups,
  explainedSpan,
  termsOf,
} from '../../core/exclusion.ts';
import { explainMonth } from '../../core/explain.ts';
import { criteriaOf } from '../../core/normalFlow.ts';
import { programmeOf } from '../../core/programmes/index.ts';
import type { Order } from '../../core/registry.ts';
import { mayCall } from '../../core/routes.ts';
import { formatInstant, startOfDay } from '../../core/time.ts';
import type { Database } from '../../store/clickhouse.ts';
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
      const month = terms.contract.months[number - 1];
      if (answer === undefined || decision === undefined) throw notFound();
      if (month === undefined) throw notFound();
      const owner = ownerOf(request);
      const { role } = owner;
      const { solutionId, smeId, vendorId, orderId, programme } = order;
      const span = explainedSpan(terms.contract, month);
      const countedUntilMs = [termsOf(terms, number).countedUntilMs];
      const question = { solutionId, smeId, ...span, countedUntilMs, asOfMs };
      const [uses, conflicts, foreign] = await Promise.all([
        groupUses(deps.db, question),
        findConflicts(deps.db, vendorId, question),
        foreignUses(deps.db, order, month, terms, asOfMs),
      ]);
      const explanation = explainMonth({
        order,
        terms,
        month,
        decision: monthFor(decision, owner),
        graceDays: programmeOf(programme).graceDays,
        excluded: excludedGroups(uses, terms, conflicts),
        foreign,
        linksAsOfMs: request.query.asOf === undefined ? null : asOfMs,
        mayList: { events: mayCall(role, 'listEvents'), rejects: mayCall(role, 'listRejects') },
      });
      const asOf = formatInstant(asOfMs);
      return { orderId, programme, rulesVersion: answer.rulesVersion, asOf, ...explanation };
    },
  });
}

/** The events in the days of the month's judged weeks that lie in neighbouring months. */
function foreignUses(
  db: Database,
  { solutionId, smeId }: Order,
  month: ContractMonth,
  terms: CountingTerms,
  asOfMs: number,
): Promise<ForeignUse[]> {
  const { normalFlow } = termsOf(terms, month.month).version;
  if (criteriaOf(normalFlow).every((c) => c.per !== 'week')) return Promise.resolve([]);
  const weeks = foreignDaysOf(terms.contract, month).map(async (days) => {
    const span = { startMs: startOfDay(days.start), endExclusiveMs: startOfDay(days.endExclusive) };
    const months = [month.month, days.ownMonth];
    const uses = await groupUses(db, {
      solutionId,
      smeId,
      ...span,
      fromMs: span.startMs,
      untilMs: span.endExclusiveMs,
      countedUntilMs: months.map((of) => termsOf(terms, of).countedUntilMs),
      asOfMs,
    });
    return { days, uses };
  });
  return Promise.all(weeks);
}
