import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { OrderMonths } from '../../core/ports.ts';
import { waitsForReview } from '../../core/programmes/standing.ts';
import { type Order, programmeIdSchema } from '../../core/registry.ts';
import { formatInstant } from '../../core/time.ts';
import { formOf } from '../accept.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { asOfOf, at } from '../request.ts';

/** The month counts of every order: what claim processing pulls. */
export function registerClaimable(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('getClaimable'),
    schema: {
      summary: 'Claimable months of every order, as NDJSON or CSV by Accept',
      produces: [NDJSON, CSV],
      querystring: z.strictObject({
        programme: programmeIdSchema.optional(),
        asOf: z.string().optional(),
      }),
    },
    handler: async (request, reply) => {
      const { programme } = request.query;
      const asOfMs = asOfOf(request.query.asOf, request);
      const type = formOf(request, reply, FORMS) === CSV ? CSV : NDJSON;
      const orders = [...deps.registry.view.orders()]
        .filter((o) => programme === undefined || o.programme === programme)
        .sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
      const rows = lines(orders, asOfMs, type, deps);
      const first = await rows.next();
      return reply.type(`${type}; charset=utf-8`).send(Readable.from(continued(first, rows)));
    },
  });
}

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
/** Who asks for JSON gets it line by line. */
const FORMS = [NDJSON, CSV, 'application/json'] as const;
/** Orders answered from one reading. */
const ORDERS_PER_READ = 500;

/** A reading that fails in the middle breaks the connection: a short list never looks whole. */
async function* lines(
  orders: readonly Order[],
  asOfMs: number,
  type: string,
  deps: ApiDependencies,
): AsyncGenerator<string> {
  let head = type === CSV ? stringify([COLUMNS]) : '';
  for (let i = 0; i < orders.length; i += ORDERS_PER_READ) {
    const answers = await deps.months.monthsOf(orders.slice(i, i + ORDERS_PER_READ), asOfMs);
    const rows = answers.map((answer) => rowOf(answer, asOfMs));
    if (type === CSV) yield head + stringify(rows, { columns: [...COLUMNS] });
    else yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    head = '';
  }
  if (head !== '') yield head;
}

/** The first piece was awaited, so that a failure before it is an error answer. */
async function* continued(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

const COLUMNS = [
  'orderId',
  'programme',
  'vendorId',
  'solutionId',
  'smeId',
  'asOf',
  'contractMonths',
  'claimableMonths',
  'monthsPending',
  'monthsHeld',
] as const;

function rowOf({ order, months, claimableMonths }: OrderMonths, asOfMs: number) {
  return {
    orderId: order.orderId,
    programme: order.programme,
    vendorId: order.vendorId,
    solutionId: order.solutionId,
    smeId: order.smeId,
    asOf: formatInstant(asOfMs),
    contractMonths: order.contractMonths,
    claimableMonths,
    monthsPending: months.filter((m) => m.state === 'pending').length,
    monthsHeld: months.filter(waitsForReview).length,
  } satisfies Record<(typeof COLUMNS)[number], unknown>;
}
