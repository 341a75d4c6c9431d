import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ChartFormat } from '../../core/chart.ts';
import { FlowproofError } from '../../core/errors.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { asOfOf, at, visibleOrder } from '../request.ts';

/** The usage record (企業使用紀錄) of an order as a picture. */
export function registerCharts(app: FastifyInstance, deps: ApiDependencies): void {
  const serve = (format: ChartFormat, type: string) => ({
    schema: {
      summary: `The weekly chart of use as ${format.toUpperCase()}; months=1-3 shows some months`,
      produces: [type],
      params,
      querystring: query,
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { orderId } = params.parse(request.params);
      const order = visibleOrder(orderId, request, deps.registry.view);
      const { asOf, months } = query.parse(request.query);
      const shown = months === undefined ? null : readRange(months);
      const chart = await deps.months.chartOf(order, asOfOf(asOf, request), shown);
      if (chart.months.length === 0) {
        throw new FlowproofError('invalid_request', 'The contract has none of these months.');
      }
      return reply.type(type).send(Buffer.from(await deps.charts.render(chart, format)));
    },
  });
  app.route({ ...at('getChartPng'), ...serve('png', 'image/png') });
  app.route({ ...at('getChartSvg'), ...serve('svg', 'image/svg+xml') });
}

const params = z.object({ orderId: z.string() });
const query = z.strictObject({ asOf: z.string().optional(), months: z.string().optional() });

function readRange(text: string): { from: number; to: number } {
  const m = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text);
  const from = Number(m?.[1] ?? 0);
  const to = Number(m?.[2] ?? from);
  if (from >= 1 && to >= from) return { from, to };
  throw new FlowproofError('invalid_request', 'months is a number or a range such as 1-3.');
}
