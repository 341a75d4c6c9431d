import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { formatInstant } from '../../core/time.ts';
import { monthsSchema } from '../answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { monthFor } from '../months.ts';
import { asOfOf, at, notFound, ownerOf, visibleOrder } from '../request.ts';

/** The decision on every contract month of an order. */
export function registerMonths(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('getMonths'),
    schema: {
      summary: 'Every contract month: its state, use, criteria, findings and seal',
      params: z.object({ orderId: z.string() }),
      querystring: z.strictObject({ asOf: z.string().optional() }),
      response: { 200: monthsSchema },
    },
    handler: async (request) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const asOfMs = asOfOf(request.query.asOf, request);
      const [answer] = await deps.months.monthsOf([order], asOfMs);
      if (answer === undefined) throw notFound();
      const { rulesVersion, claimableMonths, months } = answer;
      const { orderId, programme } = order;
      const owner = ownerOf(request);
      return {
        orderId,
        programme,
        rulesVersion,
        asOf: formatInstant(asOfMs),
        claimableMonths,
        months: months.map((month) => monthFor(month, owner)),
      };
    },
  });
}
