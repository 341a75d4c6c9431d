import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { REJECT_CODES } from '../../core/event.ts';
import { civilDateSchema, type Order } from '../../core/registry.ts';
import { addDays, formatInstant, startOfDay } from '../../core/time.ts';
import { findBatch } from '../../store/batches.ts';
import { listRejects, type Reject, type RejectCursor } from '../../store/rejects.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageSchema, readCursor, writeCursor } from '../pages.ts';
import { at, notFound, ownerOf, visibleOrder } from '../request.ts';

/** What became of what was sent: batches, and the events of them that were refused. */
export function registerRejects(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.route({
    ...at('getBatch'),
    schema: {
      summary: 'One batch as it was answered',
      params: z.object({ batchId: z.string() }),
      response: { 200: batchSchema },
    },
    handler: async (request) => {
      const { role, vendorId } = ownerOf(request);
      const batch = await findBatch(deps.db, request.params.batchId);
      if (batch === undefined || (role === 'vendor' && batch.vendorId !== vendorId)) {
        throw notFound();
      }
      const { keyId: _key, receivedAtMs, simulated: _simulated, ...answer } = batch;
      return { ...answer, receivedAt: formatInstant(receivedAtMs), receipt: null };
    },
  });
  app.route({
    ...at('listRejects'),
    schema: {
      summary: 'Refused events, and ids that came back with other content, by time of receipt',
      description:
        'orderId, with from and to (days, to inclusive), asks for what claims to be use of that ' +
        'order, as far as a refused event could be read.',
      querystring: listQuery,
      response: { 200: pageSchema(rejectSchema) },
    },
    handler: async (request) => {
      const { role, vendorId } = ownerOf(request);
      const { code, orderId, cursor, limit } = request.query;
      const order =
        orderId === undefined ? null : visibleOrder(orderId, request, deps.registry.view);
      const rejects = await listRejects(deps.db, {
        vendorId: order?.vendorId ?? (role === 'vendor' ? vendorId : null),
        code,
        claimed: order === null ? undefined : claimedUse(order, request.query),
        after: cursor === undefined ? null : readRejectCursor(cursor),
        limit: limit + 1,
      });
      const items = rejects.slice(0, limit);
      const last = items.at(-1);
      const more = rejects.length > limit && last !== undefined;
      return { items: items.map(toBody), nextCursor: more ? rejectCursor(last) : null };
    },
  });
}

const listQuery = pageQuery
  .extend({
    code: z.enum([...REJECT_CODES, 'id_conflict']).optional(),
    orderId: z.string().optional(),
    from: civilDateSchema.optional(),
    to: civilDateSchema.optional(),
  })
  .refine(({ orderId, from, to }) => orderId !== undefined || (from ?? to) === undefined, {
    message: 'from and to are days of an order: send orderId too',
  });

function claimedUse({ solutionId, smeId }: Order, { from, to }: z.infer<typeof listQuery>) {
  return {
    solutionId,
    smeId,
    fromMs: from === undefined ? null : startOfDay(from),
    untilMs: to === undefined ? null : startOfDay(addDays(to, 1)),
  };
}

const batchSchema = z.object({
  batchId: z.string(),
  vendorId: z.string(),
  receivedAt: z.string(),
  received: z.int(),
  accepted: z.int(),
  rejected: z.int(),
  receipt: z.null(),
});

const rejectSchema = z.object({
  batchId: z.string(),
  index: z.int(),
  id: z.string().nullable(),
  code: z.string(),
  detail: z.string(),
  receivedAt: z.string(),
  event: z.record(z.string(), z.unknown()).nullable(),
});

function toBody(reject: Reject) {
  const { batchId, index, id, code, detail, receivedAtMs, event } = reject;
  return {
    batchId,
    index,
    id,
    code,
    detail,
    receivedAt: formatInstant(receivedAtMs),
    event: event === '' ? null : (JSON.parse(event) as Record<string, unknown>),
  };
}

/** What the store's column of indexes holds. */
const INDEX_MAX = 2 ** 32 - 1;
const cursorSchema = z.tuple([z.int(), z.string(), z.int().min(0).max(INDEX_MAX)]);

function rejectCursor(reject: Reject): string {
  return writeCursor(JSON.stringify([reject.receivedAtMs, reject.batchId, reject.index]));
}

function readRejectCursor(cursor: string): RejectCursor {
  const parsed = z.string().transform(parseJson).pipe(cursorSchema).safeParse(readCursor(cursor));
  if (!parsed.success) {
    throw new FlowproofError('invalid_request', 'The cursor is none that this list answered.');
  }
  const [receivedAtMs, batchId, index] = parsed.data;
  return { receivedAtMs, batchId, index };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
