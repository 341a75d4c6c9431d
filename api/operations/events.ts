import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { eventSchema, REJECT_CODES } from '../../core/event.ts';
import { BODY_BYTES_MAX } from '../../core/limits.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { at, ownerOf } from '../request.ts';

/**
 * The ingest route: any content type comes in as bytes, after the key was checked. The body schema
 * documents an event; ingest itself holds each to it, so that one bad event costs only itself.
 */
export function registerEvents(scope: FastifyInstance, deps: ApiDependencies): void {
  const { ingest } = deps;
  if (ingest === null) throw new Error('the route needs the role ingest');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX },
    (_request, body, done) => done(null, body),
  );
  scope.route({
    ...at('postEvents'),
    bodyLimit: BODY_BYTES_MAX,
    schema: {
      summary: 'Send usage events; answered only when every accepted one is on disk',
      description:
        'application/json (one event or an array), application/x-ndjson, text/csv with a header ' +
        'row; Content-Encoding: gzip. 200 where at least one event was accepted, else 422 with ' +
        'the same body.',
      consumes: ['application/json', 'application/x-ndjson', 'text/csv'],
      body: z.union([eventSchema, z.array(eventSchema)]),
      response: { 200: batchAnswerSchema, 422: batchAnswerSchema },
    },
    validatorCompiler: () => (bytes: unknown) => ({ value: bytes }),
    handler: async (request, reply) => {
      const { vendorId, keyId } = ownerOf(request);
      if (vendorId === null) throw new FlowproofError('forbidden', 'The key is of no vendor.');
      if (!Buffer.isBuffer(request.body)) {
        throw new FlowproofError('empty_batch', 'Send at least one event.');
      }
      const answer = await ingest.receive({
        vendorId,
        keyId,
        contentType: request.headers['content-type'],
        contentEncoding: request.headers['content-encoding'],
        body: request.body,
        simulatedNowMs: deps.simulated ? request.nowMs : null,
      });
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
