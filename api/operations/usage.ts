import { stringify } from 'csv-stringify/sync';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ChartWeek } from '../../core/chart.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { asOfOf, at, visibleOrder } from '../request.ts';

/** Weekly use as a file: what a firm may download of itself at any time [000 九(二)1(2)]. */
export function registerUsage(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('getUsageCsv'),
    schema: {
      summary: 'Counted use by week',
      produces: ['text/csv'],
      params: z.object({ orderId: z.string() }),
      querystring: z.strictObject({ asOf: z.string().optional() }),
    },
    handler: async (request, reply) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const weeks = await deps.months.weeksOf(order, asOfOf(request.query.asOf, request));
      const csv = stringify(weeks.map(toRow), { header: true, columns: [...COLUMNS] });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="usage-${order.orderId}.csv"`)
        .send(csv);
    },
  });
}

const COLUMNS = [
  'weekStart',
  'month',
  'logins',
  'interactions',
  'activeUsers',
  'events',
  'judged',
] as const;

function toRow(week: ChartWeek): Record<(typeof COLUMNS)[number], string | number> {
  const { start, judgedIn, totals } = week;
  return {
    weekStart: start,
    month: judgedIn ?? '',
    ...totals,
    judged: judgedIn === null ? 'false' : 'true',
  };
}
