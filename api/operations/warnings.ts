import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WARNING_ORDERS_PER_READ } from '../../core/limits.ts';
import type { SilentFirm } from '../../core/ports.ts';
import { type Order, programmeIdSchema } from '../../core/registry.ts';
import { criterionResultSchema, totalsSchema } from '../answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageSchema, readCursor, writeCursor } from '../pages.ts';
import { asOfOf, at } from '../request.ts';

/** Firms going silent inside a running month, while their normal flow can still be reached. */
export function registerWarnings(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('listWarnings'),
    schema: {
      summary: 'Firms going silent inside a running month, while there is time',
      querystring: pageQuery.extend({
        programme: programmeIdSchema.optional(),
        vendorId: z.string().optional(),
        asOf: z.string().optional(),
      }),
      response: { 200: pageSchema(warningSchema) },
    },
    handler: async (request) => {
      const { programme, vendorId, cursor, limit } = request.query;
      const asOfMs = asOfOf(request.query.asOf, request);
      const after = cursor === undefined ? '' : readCursor(cursor);
      const orders = [...deps.registry.view.orders()]
        .filter((o) => programme === undefined || o.programme === programme)
        .filter((o) => vendorId === undefined || o.vendorId === vendorId)
        .filter((o) => placeOf(o) > after)
        .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
      const found = await firstSilent(orders, asOfMs, limit + 1, deps);
      const items = found.slice(0, limit).map(toAnswer);
      const last = found.length > limit ? found[limit - 1] : undefined;
      return { items, nextCursor: last === undefined ? null : writeCursor(placeOf(last.order)) };
    },
  });
}

/** Orders of one solution stand together: one reading counts them together. */
function placeOf(order: Order): string {
  return `${order.solutionId} ${order.orderId}`;
}

async function firstSilent(
  orders: readonly Order[],
  asOfMs: number,
  atMost: number,
  deps: ApiDependencies,
): Promise<SilentFirm[]> {
  const found: SilentFirm[] = [];
  for (let i = 0; i < orders.length && found.length < atMost; i += WARNING_ORDERS_PER_READ) {
    const piece = orders.slice(i, i + WARNING_ORDERS_PER_READ);
    found.push(...(await deps.warnings.silentAmong(piece, asOfMs)));
  }
  return found;
}

function toAnswer({ order, ...silence }: SilentFirm) {
  const { orderId, programme, vendorId, solutionId, smeId } = order;
  return { orderId, programme, vendorId, solutionId, smeId, ...silence };
}

export const warningSchema = z.object({
  orderId: z.string(),
  programme: programmeIdSchema,
  vendorId: z.string(),
  solutionId: z.string(),
  smeId: z.string(),
  month: z.int(),
  start: z.string(),
  endExclusive: z.string(),
  daysLeft: z.int(),
  silentDays: z.int(),
  lastUseOn: z.string().nullable(),
  weekEndExclusive: z.string().nullable(),
  dayEndExclusive: z.string().nullable(),
  totals: totalsSchema,
  criteria: z.array(criterionResultSchema).readonly(),
});
