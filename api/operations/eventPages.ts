import { stringify } from 'csv-stringify/sync';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { type CountingTerms, EXCLUSIONS, exclusionOf } from '../../core/exclusion.ts';
import { pseudonymText } from '../../core/pseudonym.ts';
import { civilDateSchema } from '../../core/registry.ts';
import { addDays, formatInstant, LAST_MS, startOfDay } from '../../core/time.ts';
import { type LoggedEvent, pageOfEvents } from '../../store/eventPages.ts';
import { formOf } from '../accept.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageSchema, readCursor, writeCursor } from '../pages.ts';
import { asOfOf, at, visibleOrder } from '../request.ts';
import { countingTermsOf } from '../terms.ts';

/** The raw log of an order: every event that stands, counted or not, with the reason. */
export function registerEventPages(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('listEvents'),
    schema: {
      summary: 'Raw events by time; from and to are days, to inclusive; CSV by Accept: text/csv',
      description:
        'With asOf only the events received before it, each counted or not as it was then. A ' +
        'cursor goes on at the asOf of its page alone.',
      produces: ['application/json', 'text/csv'],
      params: z.object({ orderId: z.string() }),
      querystring: pageQuery.extend({
        from: civilDateSchema.optional(),
        to: civilDateSchema.optional(),
        asOf: z.string().optional(),
      }),
      response: { 200: z.union([pageSchema(eventSchema), z.string()]) },
    },
    handler: async (request, reply) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const form = formOf(request, reply, [JSON_TYPE, 'text/csv']);
      const { from, to, limit, cursor, asOf } = request.query;
      const asOfMs = asOfOf(asOf, request);
      const askedMs = asOf === undefined ? null : asOfMs;
      const events = await pageOfEvents(deps.db, {
        solutionId: order.solutionId,
        smeId: order.smeId,
        fromMs: from === undefined ? 0 : startOfDay(from),
        untilMs: to === undefined ? LAST_MS : startOfDay(addDays(to, 1)),
        asOfMs: askedMs ?? LAST_MS,
        after: cursor === undefined ? null : readEventCursor(cursor, askedMs),
        limit: limit + 1,
      });
      const shown = events.slice(0, limit);
      const last = shown.at(-1);
      const more = events.length > limit && last !== undefined;
      const nextCursor = more ? eventCursor(last, askedMs) : null;
      const terms = await countingTermsOf(order, asOfMs, deps);
      const items = shown.map((event) => toBody(event, terms));
      if (form === JSON_TYPE) return { items, nextCursor };
      if (nextCursor !== null) reply.header('flowproof-next-cursor', nextCursor);
      const csv = stringify(items, {
        header: true,
        columns: Object.keys(eventSchema.shape),
        cast: { boolean: String },
        escape_formulas: true,
      });
      return reply.type('text/csv; charset=utf-8').serializer(String).send(csv);
    },
  });
}

const JSON_TYPE = 'application/json';

const eventSchema = z.object({
  id: z.string(),
  occurredAt: z.string(),
  receivedAt: z.string(),
  actorId: z.string(),
  actorRole: z.string(),
  action: z.string(),
  source: z.string().nullable(),
  seq: z.int().nullable(),
  sessionId: z.string().nullable(),
  resource: z.string().nullable(),
  batchId: z.string(),
  counted: z.boolean(),
  excludedBecause: z.enum(EXCLUSIONS).nullable(),
});

function toBody(event: LoggedEvent, terms: CountingTerms) {
  const excludedBecause = exclusionOf(event, terms);
  return {
    id: event.eventId,
    occurredAt: formatInstant(event.occurredAtMs),
    receivedAt: formatInstant(event.receivedAtMs),
    actorId: pseudonymText(event.actor),
    actorRole: event.actorRole,
    action: event.action,
    source: event.source || null,
    seq: event.sourceSeq,
    sessionId: event.sessionId || null,
    resource: event.resource || null,
    batchId: event.batchId,
    counted: excludedBecause === null,
    excludedBecause,
  };
}

interface EventPlace {
  readonly occurredAtMs: number;
  readonly seq: number;
}

/** Holds the asOf that was asked: pages of two of them make no list. */
function eventCursor({ occurredAtMs, seq }: EventPlace, askedMs: number | null): string {
  const place = `${occurredAtMs}.${seq}`;
  return writeCursor(askedMs === null ? place : `${place}.${askedMs}`);
}

function readEventCursor(cursor: string, askedMs: number | null): EventPlace {
  const m = /^(\d{1,15})\.(\d{1,15})(?:\.(-?\d{1,15}))?$/.exec(readCursor(cursor));
  if (m === null) {
    throw new FlowproofError('invalid_request', 'The cursor is none that this list answered.');
  }
  if (m[3] !== (askedMs === null ? undefined : String(askedMs))) {
    throw new FlowproofError('invalid_request', 'The cursor goes with the asOf of its page alone.');
  }
  return { occurredAtMs: Number(m[1]), seq: Number(m[2]) };
}
