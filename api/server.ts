import fastifyHelmet from '@fastify/helmet';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { REQUEST_TIMEOUT_MS, SMALL_BODY_BYTES_MAX } from '../core/limits.ts';
import type { ApiDependencies } from './dependencies.ts';
import { answerUnrouted, registerHooks } from './hooks.ts';
import { registerCharts } from './operations/charts.ts';
import { registerClaimable } from './operations/claimable.ts';
import { registerClaims } from './operations/claims.ts';
import { registerEventPages } from './operations/eventPages.ts';
import { registerEvents } from './operations/events.ts';
import { registerHealth } from './operations/health.ts';
import { registerKeys } from './operations/keys.ts';
import { registerLogs } from './operations/logs.ts';
import { registerMonths } from './operations/months.ts';
import { registerOrders } from './operations/orders.ts';
import { registerRegistry } from './operations/registry.ts';
import { registerRegistryFile } from './operations/registryFile.ts';
import { registerRejects } from './operations/rejects.ts';
import { registerUsage } from './operations/usage.ts';
import { registerVerifications } from './operations/verifications.ts';

/** Which routes a process serves, by its roles; health is everywhere. */
const OPERATIONS: Readonly<Record<'every' | 'ingest' | 'api', readonly Operation[]>> = {
  every: [registerHealth],
  ingest: [registerEvents, registerLogs],
  api: [
    registerKeys,
    registerRegistry,
    registerRegistryFile,
    registerRejects,
    registerVerifications,
    registerOrders,
    registerMonths,
    registerClaims,
    registerClaimable,
    registerCharts,
    registerUsage,
    registerEventPages,
  ],
};

type Operation = (scope: FastifyInstance, deps: ApiDependencies) => void;

/** The HTTP server, not yet listening. Requests under way are finished when it closes. */
export async function createServer(
  deps: ApiDependencies,
  roles: ReadonlySet<'ingest' | 'api'>,
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => deps.random.id(),
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: SMALL_BODY_BYTES_MAX,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    // The hooks answer requests that come while it closes, as a problem document.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => answerUnrouted(error, request, reply, deps),
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerHooks(app, deps);
  await app.register(fastifyHelmet);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'flowproof', version: '1' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const { statusCode, elapsedTime } = reply;
    const keyId = request.owner?.keyId;
    request.log.info(
      { method, route: routeOptions.url, statusCode, elapsedTime, keyId },
      'request',
    );
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
