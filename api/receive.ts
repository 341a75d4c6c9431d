import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { FlowproofError } from '../core/errors.ts';
import { BODY_BYTES_MAX, REQUEST_BYTES_MIN } from '../core/limits.ts';
import type { BatchAnswer, CloudEventHeaders, IngestFormat } from '../core/ports.ts';
import { isAnnouncedLarger, noRoom, readBody, tooLarge } from './body.ts';
import type { BodyBudget, BodyHold } from './bodyBudget.ts';
import type { ApiDependencies } from './dependencies.ts';
import { inTurn } from './hooks.ts';
import { ownerOf } from './request.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The memory for bodies of events. */
    bodies: BodyBudget;
  }
  interface FastifyRequest {
    /** What the body holds of the memory for bodies; null outside of ingest. */
    bodyHold: BodyHold | null;
  }
}

/**
 * The routes of a scope take any content type as bytes, after the key was checked, within the memory
 * for bodies. Their body schema documents; ingest itself holds each event to it, so that one bad
 * event costs only itself.
 */
export function takeBytes(scope: FastifyInstance): void {
  scope.decorateRequest('bodyHold', null);
  // The last of the hooks before the body is read: the owner is known.
  scope.addHook(
    'onRequest',
    inTurn((request, reply) => {
      const hold = scope.bodies.open(ownerOf(request).vendorId ?? '');
      request.bodyHold = hold;
      // The answer was sent, or its receiver is gone: either way it ends once.
      reply.raw.once('close', () => hold.letGo());
      if (isAnnouncedLarger(request.raw, BODY_BYTES_MAX)) throw tooLarge();
      if (!hold.take(REQUEST_BYTES_MIN)) throw noRoom();
    }),
  );
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
    const { bodyHold: hold } = request;
    if (hold === null) throw new Error('a body is read before its request was looked at');
    // Thrown here, a fault would close the connection on a sender that hears no answer while it
    // writes: it is thrown by the handler instead.
    return readBody(payload, BODY_BYTES_MAX, hold).catch((fault: unknown) => ({ fault }));
  });
  scope.setValidatorCompiler<z.ZodType>((part) => {
    if (part.httpPart === 'body') return (bytes) => ({ value: bytes });
    const validate = validatorCompiler(part);
    const isQuery = part.httpPart === 'querystring';
    return (value) => (isQuery && isEmpty(value) ? { value } : validate(value));
  });
  // An answer is made field by field: its schema documents it.
  scope.setSerializerCompiler(() => JSON.stringify);
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
    const { bodyHold: hold } = request;
    hold?.use();
    try {
      return await ingest.receive({
        format,
        vendorId,
        keyId,
        contentType: request.headers['content-type'],
        contentEncoding: request.headers['content-encoding'],
        cloudEvent: cloudEventOf(request),
        body: bytesOf(request) ?? NO_BYTES,
        simulatedNowMs: simulated ? request.nowMs : null,
      });
    } finally {
      hold?.letGo();
    }
  };
}

/** The body as it came; null where the request has none. Throws what kept it from being read. */
export function bytesOf({ body }: FastifyRequest): Buffer | null {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'object' && body !== null && 'fault' in body) throw body.fault;
  return null;
}

function isEmpty(value: unknown): boolean {
  for (const _name in value as object) return false;
  return true;
}

const NO_BYTES = Buffer.alloc(0);
const PREFIX = 'ce-';

/** The request carries a binary CloudEvent when it says of which version it is. */
export function cloudEventOf(request: FastifyRequest): CloudEventHeaders | null {
  if (request.headers['ce-specversion'] === undefined) return null;
  const headers = Object.entries(request.headers).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(headers.map(([name, v]) => [name.slice(PREFIX.length), String(v)]));
}
