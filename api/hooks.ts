import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { z } from 'zod';
import { ERRORS, FlowproofError, toProblem } from '../core/errors.ts';
import { OLDEST_EVENT_DATE } from '../core/limits.ts';
import { type Access, ROUTES, type RouteName } from '../core/routes.ts';
import { civilDate, LAST_MS, parseInstant, startOfDay } from '../core/time.ts';
import type { ApiDependencies } from './dependencies.ts';
import { MISSING_KEY, notFound } from './request.ts';
import type { AnswerHeaders } from './securityHeaders.ts';

/** What happens around every request: its clock, who sends it, and how errors are answered. */
export function registerHooks(
  app: FastifyInstance,
  deps: ApiDependencies,
  headers: AnswerHeaders,
): void {
  app.decorateRequest('owner', null);
  app.decorateRequest('nowMs', 0);
  app.decorateRequest('clockIsFree', false);
  app.addHook('onRoute', (route) => {
    const name = (route.config as { route?: RouteName } | undefined)?.route;
    if (name === undefined) {
      throw new Error(`${String(route.method)} ${route.url} is not in the route table`);
    }
    if (ROUTES[name].access !== 'open' && route.schema?.querystring === undefined) {
      route.schema = { ...route.schema, querystring: NO_QUERY };
    }
  });
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  // A connection that is kept open after its last answer would keep the server from ending.
  app.addHook('onResponse', (_request, _reply, done) => {
    if (closing) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  app.addHook(
    'onRequest',
    inTurn((request, reply) => {
      describeAnswer(request, reply, headers);
      if (closing) {
        throw new FlowproofError('shutting_down', 'The server is stopping.', { retryAfterS: 2 });
      }
      readClock(request, deps);
      authorise(request, deps);
    }),
  );
  app.setErrorHandler((error, request, reply) => sendProblem(known(error), request, reply));
  app.setNotFoundHandler((request, reply) => sendProblem(notFound(), request, reply));
}

/** A hook that waits for nothing: as a promise it would cost each request some turns of its own. */
export function inTurn(
  work: (request: FastifyRequest, reply: FastifyReply) => void,
): onRequestHookHandler {
  return (request, reply, done) => {
    try {
      work(request, reply);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
}

/** Paths that reach no route and no hook: badly encoded, or with a part that no id can be. */
export function answerUnrouted(
  error: Error & { readonly code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
  headers: AnswerHeaders,
): void {
  describeAnswer(request, reply, headers);
  const isPath = error.code === 'FST_ERR_BAD_URL';
  const detail = 'The path is not validly encoded.';
  sendProblem(isPath ? new FlowproofError('invalid_request', detail) : notFound(), request, reply);
}

/** A parameter that a route does not know is refused, also where it knows none. */
const NO_QUERY = z.strictObject({});

function describeAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  headers: AnswerHeaders,
): void {
  reply.header('x-request-id', request.id).headers(headers);
}

function readClock(request: FastifyRequest, deps: ApiDependencies): void {
  const header = request.headers['flowproof-now'];
  if (header === undefined) {
    request.nowMs = deps.clock();
    request.clockIsFree = deps.simulated;
    return;
  }
  if (!deps.simulated) {
    const mend = 'Flowproof-Now needs a server started with SIMULATED_CLOCK=1.';
    throw new FlowproofError('simulated_clock_off', mend);
  }
  const nowMs = typeof header === 'string' ? parseInstant(header) : undefined;
  if (nowMs === undefined || nowMs < EARLIEST_NOW_MS || nowMs >= LAST_MS) {
    const detail =
      'Flowproof-Now is an RFC 3339 time with an offset, from 2020 on and before 2299.';
    throw new FlowproofError('invalid_header', detail);
  }
  request.nowMs = nowMs;
}

/** What is received then can be stored: a batch that cannot would hold up all behind it. */
const EARLIEST_NOW_MS = startOfDay(civilDate(OLDEST_EVENT_DATE));

/** The route table decides: no key, or one of another role, gets no further. */
function authorise(request: FastifyRequest, deps: ApiDependencies): void {
  const name = request.routeOptions.config.route;
  if (name === undefined) return;
  const access: Access = ROUTES[name].access;
  if (access === 'open') return;
  const [scheme, key] = (request.headers.authorization ?? '').split(' ');
  const isBearer = scheme?.toLowerCase() === 'bearer';
  const owner = isBearer && key !== undefined ? deps.keys.ownerOf(key) : undefined;
  if (owner === undefined) throw new FlowproofError('unauthenticated', MISSING_KEY);
  if (access[owner.role] === undefined) {
    const detail = `A key of the role ${owner.role} may not call this.`;
    throw new FlowproofError('forbidden', detail);
  }
  request.owner = owner;
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request.url.split('?')[0] ?? '/');
  if (problem.status >= 500) {
    const internal = error instanceof FlowproofError ? error.internal : undefined;
    const cause = error instanceof FlowproofError ? error.cause : error;
    request.log.error({ code: problem.code, internal, cause: textOf(cause) }, 'request failed');
  }
  if (error instanceof FlowproofError && error.retryAfterS !== undefined) {
    reply.header('retry-after', String(error.retryAfterS));
  }
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem);
}

/** Faults that Fastify and its validators find, in the words of the catalogue. */
function known(error: unknown): unknown {
  if (error instanceof FlowproofError || !(error instanceof Error)) return error;
  const { statusCode, code, validation, validationContext } = error as FastifyFault;
  if (validation !== undefined) {
    const faults = validation.map((v) => `${v.instancePath ?? ''} ${v.message ?? ''}`.trim());
    const where = validationContext ?? 'request';
    return new FlowproofError('invalid_request', `${where}: ${faults.join('; ')}`);
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new FlowproofError('body_too_large', 'The body is larger than this route takes.');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new FlowproofError('unsupported_media_type', 'This route takes application/json.');
  }
  if (statusCode === 408) {
    return new FlowproofError('request_timeout', 'The body did not arrive in time.');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const isClientCode = statusCode === ERRORS.unreadable_body.status;
    const detail = 'The body cannot be read as JSON.';
    return new FlowproofError(isClientCode ? 'unreadable_body' : 'invalid_request', detail);
  }
  return error;
}

interface FastifyFault extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly validationContext?: string;
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[];
}

/** What a log may say of a cause: an engine's message can quote rows, so its code stands for it. */
function textOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (cause instanceof Error && 'type' in cause && 'code' in cause) {
    return `${cause.name} ${String(cause.code)} ${String(cause.type)}`;
  }
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
