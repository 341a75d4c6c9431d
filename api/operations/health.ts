import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.ts';
import { at } from '../request.ts';

/** Live, ready, and the description of the whole API. */
export function registerHealth(app: FastifyInstance, deps: ApiDependencies): void {
  app.route({
    ...at('healthz'),
    schema: { summary: 'The process answers', security: [], response: { 200: statusSchema } },
    handler: async () => ({ status: 'live' }),
  });
  app.route({
    ...at('readyz'),
    schema: {
      summary: 'The last write and read succeeded',
      security: [],
      response: { 200: statusSchema },
    },
    handler: async () => {
      await deps.ready();
      return { status: 'ready' };
    },
  });
  app.route({
    ...at('openapi'),
    schema: { hide: true },
    handler: async (_request, reply) => reply.serializer(JSON.stringify).send(app.swagger()),
  });
}

const statusSchema = z.object({ status: z.string() });
