import type { FastifyInstance } from 'fastify';
import protobuf from 'protobufjs/light.js';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import type { BatchAnswer } from '../../core/ports.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { receiverOf, takeBytes } from '../receive.ts';
import { at } from '../request.ts';

/**
 * The ingest route for OpenTelemetry: OTLP/HTTP logs, answered in the encoding of the request. A
 * 200 says that every record that was not refused is on disk; refused ones are a partial success,
 * also where all are, because a client must not send them again [OTLP 1, partial success].
 */
export function registerLogs(scope: FastifyInstance, deps: ApiDependencies): void {
  const receive = receiverOf(deps, 'otlp');
  takeBytes(scope);
  scope.route({
    ...at('postLogs'),
    schema: {
      summary: 'Send usage events as OTLP/HTTP logs; answered when every accepted one is on disk',
      description:
        'application/json or application/x-protobuf; Content-Encoding: gzip. An event is a log ' +
        'record with the attributes flowproof.<field> and its time in timeUnixNano. Refused ' +
        'records are counted in partialSuccess; GET /v1/rejects says why.',
      consumes: [JSON_TYPE, PROTOBUF_TYPE],
      body: exportRequestSchema,
      response: { 200: exportResponseSchema },
    },
    handler: async (request, reply) => {
      const answer = exportResponse(await receive(request).catch(unlessEmpty));
      const isProtobuf = PROTOBUF.test(request.headers['content-type'] ?? '');
      return isProtobuf
        ? reply.type(PROTOBUF_TYPE).send(encode(answer))
        : reply.type(JSON_TYPE).send(answer);
    },
  });
}

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
/** Other types than the two were refused before. */
const PROTOBUF = /^[ \t]*application\/x-protobuf/i;
const CODES_MAX = 5;

const exportRequestSchema = z.looseObject({
  resourceLogs: z.array(
    z.looseObject({
      scopeLogs: z.array(z.looseObject({ logRecords: z.array(z.looseObject({})) })),
    }),
  ),
});

/** In JSON, 64-bit numbers of OTLP are texts. */
const exportResponseSchema = z.object({
  partialSuccess: z.object({ rejectedLogRecords: z.string(), errorMessage: z.string() }).optional(),
});
type ExportResponse = z.infer<typeof exportResponseSchema>;

/** ExportLogsServiceResponse [opentelemetry-proto: collector/logs/v1]. */
const RESPONSE = protobuf.Root.fromJSON({
  nested: {
    ExportLogsServiceResponse: {
      fields: { partialSuccess: { type: 'ExportLogsPartialSuccess', id: 1 } },
    },
    ExportLogsPartialSuccess: {
      fields: {
        rejectedLogRecords: { type: 'int64', id: 1 },
        errorMessage: { type: 'string', id: 2 },
      },
    },
  },
}).lookupType('ExportLogsServiceResponse');

function encode(answer: ExportResponse): Buffer {
  return Buffer.from(RESPONSE.encode(RESPONSE.fromObject(answer)).finish());
}

/** A request without a record is a success [OTLP/HTTP]. */
function unlessEmpty(error: unknown): null {
  if (error instanceof FlowproofError && error.code === 'empty_batch') return null;
  throw error;
}

/** Full success is the empty message. */
function exportResponse(answer: BatchAnswer | null): ExportResponse {
  const [first] = answer?.rejected ?? [];
  if (answer === null || first === undefined) return {};
  const { batchId, received, rejected } = answer;
  const errorMessage =
    `${rejected.length} of ${received} log records were refused (${countsOf(answer)}). ` +
    `The first is record ${first.index}: ${first.code}, ${first.detail}. ` +
    `See GET /v1/batches/${batchId} and GET /v1/rejects.`;
  return { partialSuccess: { rejectedLogRecords: String(rejected.length), errorMessage } };
}

/** Codes in the order in which they first came. */
function countsOf({ rejected }: BatchAnswer): string {
  const counts = new Map<string, number>();
  for (const { code } of rejected) counts.set(code, (counts.get(code) ?? 0) + 1);
  const texts = [...counts].map(([code, count]) => `${code}: ${count}`);
  return texts.length > CODES_MAX ? `${texts.slice(0, CODES_MAX).join(', ')}, …` : texts.join(', ');
}
