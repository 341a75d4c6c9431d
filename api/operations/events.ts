import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { eventSchema, REJECT_CODES } from '../../core/event.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { bytesOf, cloudEventOf, receiverOf, takeBytes } from '../receive.ts';
import { at } from '../request.ts';

/** The ingest route for events of our own forms and CloudEvents. */
export function registerEvents(scope: FastifyInstance, deps: ApiDependencies): void {
  const receive = receiverOf(deps, 'events');
  takeBytes(scope);
  scope.route({
    ...at('postEvents'),
    schema: {
      summary: 'Send usage events; answered only when every accepted one is on disk',
      description:
        'application/json (one event or an array), application/x-ndjson, text/csv with a header ' +
        'row; CloudEvents 1.0 as application/cloudevents+json, application/cloudevents-batch+json ' +
        'or by ce-* headers with the data as body; Content-Encoding: gzip. 200 where at least ' +
        'one event was accepted, else 422 with the same body.',
      consumes: [
        'application/json',
        'application/x-ndjson',
        'text/csv',
        'application/cloudevents+json',
        'application/cloudevents-batch+json',
      ],
      body: z.union([eventSchema, z.array(eventSchema)]),
      response: { 200: batchAnswerSchema, 422: batchAnswerSchema },
    },
    handler: async (request, reply) => {
      const hasData = bytesOf(request) !== null || cloudEventOf(request) !== null;
      if (!hasData) throw new FlowproofError('empty_batch', 'Send at least one event.');
      const answer = await receive(request);
      return reply.code(answer.accepted > 0 ? 200 : 422).send(answer);
    },
  });
}

const batchAnswerSchema = z.object({
  batchId: z.string(),
  received: z.int(),
  accepted: z.int(),
  rejected: z.array(
    z.object({
      index: z.int(),
      id: z.string().nullable(),
      code: z.enum(REJECT_CODES),
      detail: z.string(),
    }),
  ),
  receipt: z.null(),
});
