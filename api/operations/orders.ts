import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MONTH_STATES, type MonthState } from '../../core/month.ts';
import { type Order, programmeIdSchema } from '../../core/registry.ts';
import { orderSchema } from '../answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Page, type PageQuery, pageOf, pageQuery, pageSchema, writeCursor } from '../pages.ts';
import { at, maySee, ownerOf, visibleOrder } from '../request.ts';

/** Orders that the caller may see. */
export function registerOrders(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.route({
    ...at('listOrders'),
    schema: {
      summary: 'Orders; monthState = has a month in this state now',
      querystring: pageQuery.extend({
        programme: programmeIdSchema.optional(),
        vendorId: z.string().optional(),
        solutionId: z.string().optional(),
        smeId: z.string().optional(),
        monthState: z.enum(MONTH_STATES).optional(),
      }),
      response: { 200: pageSchema(orderSchema) },
    },
    handler: async (request) => {
      const { query } = request;
      const owner = ownerOf(request);
      const orders = [...deps.registry.view.orders()].filter(
        (o) =>
          maySee(o, owner) &&
          (query.programme === undefined || o.programme === query.programme) &&
          (query.vendorId === undefined || o.vendorId === query.vendorId) &&
          (query.solutionId === undefined || o.solutionId === query.solutionId) &&
          (query.smeId === undefined || o.smeId === query.smeId),
      );
      if (query.monthState === undefined) return pageOf(orders, (o) => o.orderId, query);
      return pageInState(orders, query.monthState, request.nowMs, query, deps);
    },
  });
  app.route({
    ...at('getOrder'),
    schema: {
      summary: 'One order',
      params: z.object({ orderId: z.string() }),
      response: { 200: orderSchema },
    },
    handler: async (request) => visibleOrder(request.params.orderId, request, deps.registry.view),
  });
}

/** Months are computed page by page until enough orders with the state are found. */
async function pageInState(
  orders: readonly Order[],
  state: MonthState,
  nowMs: number,
  query: PageQuery,
  deps: ApiDependencies,
): Promise<Page<Order>> {
  const found: Order[] = [];
  let cursor: string | null = query.cursor ?? null;
  do {
    const limit = Math.max(query.limit, 100);
    const page: Page<Order> = pageOf(orders, (o) => o.orderId, {
      limit,
      ...(cursor === null ? {} : { cursor }),
    });
    const answers = await deps.months.monthsOf(page.items, nowMs);
    const matching = answers.filter((a) => a.months.some((m) => m.state === state));
    found.push(...matching.map((a) => a.order));
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < query.limit);
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  const more = (cursor !== null || found.length > items.length) && last !== undefined;
  return { items, nextCursor: more ? writeCursor(last.orderId) : null };
}
