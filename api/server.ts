import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { BODIES_BYTES_MAX, REQUEST_TIMEOUT_MS, SMALL_BODY_BYTES_MAX } from '../core/limits.ts';
import { ROUTES } from '../core/routes.ts';
import { BodyBudget } from './bodyBudget.ts';
import { answerBrokenRequest } from './clientError.ts';
import type { ApiDependencies } from './dependencies.ts';
import { answerUnrouted, registerHooks } from './hooks.ts';
import { registerCalibration } from './operations/calibration.ts';
import { registerCharts } from './operations/charts.ts';
import { registerClaimable } from './operations/claimable.ts';
import { registerClaims } from './operations/claims.ts';
import { registerEventPages } from './operations/eventPages.ts';
import { registerEvents } from './operations/events.ts';
import { registerExplanation } from './operations/explanation.ts';
import { registerHealth } from './operations/health.ts';
import { registerIdle } from './operations/idle.ts';
import { registerKeys } from './operations/keys.ts';
import { registerLogs } from './operations/logs.ts';
import { registerMonths } from './operations/months.ts';
import { registerOrders } from './operations/orders.ts';
import { registerRegistry } from './operations/registry.ts';
import { registerRegistryFile } from './operations/registryFile.ts';
import { registerRejects } from './operations/rejects.ts';
import { registerReviews } from './operations/reviews.ts';
import { registerRoster } from './operations/roster.ts';
import { registerSources } from './operations/sources.ts';
import { registerUnorderedUse } from './operations/unorderedUse.ts';
import { registerUsage } from './operations/usage.ts';
import { registerVerifications } from './operations/verifications.ts';
import { registerWarnings } from './operations/warnings.ts';
import { headersOfAll } from './securityHeaders.ts';

/** Which routes a process serves, by its roles; health is everywhere. */
const OPERATIONS: Readonly<Record<'every' | 'ingest' | 'api', readonly Operation[]>> = {
  every: [registerHealth],
  ingest: [registerEvents, registerLogs],
  api: [
    registerKeys,
    registerRegistry,
    registerRegistryFile,
    registerRejects,
    registerSources,
    registerUnorderedUse,
    registerVerifications,
    registerOrders,
    registerMonths,
    registerExplanation,
    registerReviews,
    registerClaims,
    registerClaimable,
    registerRoster,
    registerIdle,
    registerCharts,
    registerUsage,
    registerEventPages,
    registerCalibration,
    registerWarnings,
  ],
};

type Operation = (scope: FastifyInstance, deps: ApiDependencies) => void;

export interface ServerLimits {
  /** A request must have arrived within this time. */
  readonly requestTimeoutMs: number;
  /** Bodies of events held at once. */
  readonly bodiesBytesMax: number;
}

export const SERVER_LIMITS: ServerLimits = {
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  bodiesBytesMax: BODIES_BYTES_MAX,
};
/** Where a success is told of at the level debug alone. */
const QUIET_ROUTES: ReadonlySet<string> = new Set([ROUTES.postEvents.path, ROUTES.postLogs.path]);
/** A slow request is found so many times within its time, so it ends a quarter late at most. */
const CHECKS_PER_TIMEOUT = 4;

/** The HTTP server, not yet listening. Requests under way are finished when it closes. */
export async function createServer(
  deps: ApiDependencies,
  roles: ReadonlySet<'ingest' | 'api'>,
  { requestTimeoutMs, bodiesBytesMax }: ServerLimits = SERVER_LIMITS,
): Promise<FastifyInstance> {
  const headers = await headersOfAll(deps.simulated);
  const app = fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => deps.random.id(),
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs / CHECKS_PER_TIMEOUT,
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, headers),
    bodyLimit: SMALL_BODY_BYTES_MAX,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    // The hooks answer requests that come while it closes, as a problem document.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => answerUnrouted(error, request, reply, headers),
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerHooks(app, deps, headers);
  app.decorate('bodies', new BodyBudget(bodiesBytesMax));
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'flowproof', version: '1' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const { statusCode, elapsedTime } = reply;
    const keyId = request.owner?.keyId;
    // A batch has a route of its own that tells of it; a line for each would cost a tenth of a small one.
    const level = QUIET_ROUTES.has(routeOptions.url ?? '') && statusCode < 300 ? 'debug' : 'info';
    request.log[level](
      { method, route: routeOptions.url, statusCode, elapsedTime, keyId },
      'request',
    );
    done();
  });
  for (const group of ['every', ...roles] as const) {
    for (const register of OPERATIONS[group]) {
      await app.register((scope, _options, done) => {
        register(scope, deps);
        done();
      });
    }
  }
  await app.ready();
  return app;
}
