import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import type { Roster } from '../../core/roster.ts';
import { firmsSheet, rosterSheets } from '../../core/rosterSheets.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { asOfOf, at, notFound } from '../request.ts';
import { rosterSchema } from '../rosterAnswer.ts';

/** The flow roster of a case (企業流量清冊) as JSON, CSV or XLSX, by `format` or by Accept. */
export function registerRoster(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('getRoster'),
    schema: {
      summary: 'Firm-by-firm flow roster of a case: JSON, CSV or XLSX by Accept, or by format',
      params: z.object({ caseId: z.string() }),
      querystring: z.strictObject({
        asOf: z.string().optional(),
        format: z.enum(['json', 'csv', 'xlsx']).optional(),
      }),
      response: {
        200: {
          description: 'The roster',
          content: {
            [TYPES.json]: { schema: rosterSchema },
            [TYPES.csv]: { schema: z.string() },
            [TYPES.xlsx]: { schema: z.string().meta({ format: 'binary' }) },
          },
        },
      },
    },
    handler: async (request, reply) => {
      const format = request.query.format ?? acceptedFormat(request.headers.accept);
      const theCase = deps.registry.view.case(request.params.caseId);
      if (theCase === undefined) throw notFound();
      const asOfMs = asOfOf(request.query.asOf, request);
      const roster = await deps.rosters.rosterOf(theCase, asOfMs);
      if (format === 'json') return reply.header('vary', 'accept').send(roster);
      const file = await written(format, roster, asOfMs, deps);
      return reply
        .header('vary', 'accept')
        .header('content-disposition', `attachment; filename="${fileName(roster, format)}"`)
        .type(format === 'csv' ? `${TYPES.csv}; charset=utf-8` : TYPES.xlsx)
        .send(file as unknown as string);
    },
  });
}

const TYPES = {
  json: 'application/json',
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;
type Format = keyof typeof TYPES;

/** JSON where nothing narrower is asked for: a browser's wildcard gets it too. */
function acceptedFormat(accept: string | undefined): Format {
  if (accept === undefined) return 'json';
  if (accept.includes(TYPES.xlsx)) return 'xlsx';
  if (accept.includes(TYPES.csv)) return 'csv';
  if (/\*\/\*|application\/(\*|json)/.test(accept)) return 'json';
  if (accept.includes('text/*')) return 'csv';
  throw new FlowproofError('not_acceptable', `Accept ${Object.values(TYPES).join(', ')}.`);
}

async function written(
  format: 'csv' | 'xlsx',
  roster: Roster,
  asOfMs: number,
  deps: Pick<ApiDependencies, 'spreadsheets'>,
): Promise<Buffer> {
  if (format === 'csv') return Buffer.from(deps.spreadsheets.csv(firmsSheet(roster)));
  const title = `企業流量清冊 ${roster.caseId}`;
  return Buffer.from(await deps.spreadsheets.xlsx({ title, asOfMs, sheets: rosterSheets(roster) }));
}

function fileName({ caseId, asOf }: Roster, format: Format): string {
  return `roster-${caseId}-${asOf.slice(0, 10)}.${format}`;
}
