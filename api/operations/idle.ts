import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idleSolution } from '../../core/idle.ts';
import { tcloud2023 } from '../../core/programmes/tcloud2023.ts';
import type { Order } from '../../core/registry.ts';
import { formatInstant } from '../../core/time.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { idleSchema } from '../idleAnswer.ts';
import { pageOf, pageQuery, pageSchema } from '../pages.ts';
import { asOfOf, at } from '../request.ts';

/** The warning list of idle solutions [000 八(五)2]. */
export function registerIdle(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('listIdleSolutions'),
    schema: {
      summary: 'Listed solutions without a running contract for three months or longer',
      querystring: pageQuery.extend({ asOf: z.string().optional() }),
      response: { 200: pageSchema(idleSchema).extend({ asOf: z.string(), source: z.string() }) },
    },
    handler: async (request) => {
      const asOfMs = asOfOf(request.query.asOf, request);
      const { idle: rule } = tcloud2023;
      const orders = bySolution(deps.registry.view.orders());
      const idle = [...deps.registry.view.solutions()].flatMap(
        (s) => idleSolution(s, orders.get(s.solutionId) ?? [], rule, asOfMs) ?? [],
      );
      const page = pageOf(idle, (s) => s.solutionId, request.query);
      return { asOf: formatInstant(asOfMs), source: rule.source, ...page };
    },
  });
}

function bySolution(orders: Iterable<Order>): Map<string, Order[]> {
  const found = new Map<string, Order[]>();
  for (const order of orders) {
    const its = found.get(order.solutionId);
    if (its === undefined) found.set(order.solutionId, [order]);
    else its.push(order);
  }
  return found;
}
