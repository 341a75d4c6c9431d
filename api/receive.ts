import type { FastifyInstance, FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { FlowproofError } from '../core/errors.ts';
import { BODY_BYTES_MAX } from '../core/limits.ts';
import type { BatchAnswer, CloudEventHeaders, IngestFormat } from '../core/ports.ts';
import type { ApiDependencies } from './dependencies.ts';
import { ownerOf } from './request.ts';

/**
 * The routes of a scope take any content type as bytes, after the key was checked. Their body
 * schema documents; ingest itself holds each event to it, so that one bad event costs only itself.
 */
export function takeBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX },
    (_request, body, done) => done(null, body),
  );
  scope.setValidatorCompiler<z.ZodType>((part) =>
    part.httpPart === 'body' ? (bytes) => ({ value: bytes }) : validatorCompiler(part),
  );
}

/** Hands requests over to ingest: the answer comes once every accepted event is on disk. */
export function receiverOf(
  { ingest, simulated }: ApiDependencies,
  format: IngestFormat,
): (request: FastifyRequest) => Promise<BatchAnswer> {
  if (ingest === null) throw new Error('the route needs the role ingest');
  return async (request) => {
    const { vendorId, keyId } = ownerOf(request);
    if (vendorId === null) throw new FlowproofError('forbidden', 'The key is of no vendor.');
    return ingest.receive({
      format,
      vendorId,
      keyId,
      contentType: request.headers['content-type'],
      contentEncoding: request.headers['content-encoding'],
      cloudEvent: cloudEventOf(request),
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      simulatedNowMs: simulated ? request.nowMs : null,
    });
  };
}

const PREFIX = 'ce-';

/** The request carries a binary CloudEvent when it says of which version it is. */
export function cloudEventOf(request: FastifyRequest): CloudEventHeaders | null {
  if (request.headers['ce-specversion'] === undefined) return null;
  const headers = Object.entries(request.headers).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(headers.map(([name, v]) => [name.slice(PREFIX.length), String(v)]));
}
