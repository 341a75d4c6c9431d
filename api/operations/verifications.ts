import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { programmeIdSchema } from '../../core/registry.ts';
import { progressSchema } from '../answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { asOfOf, at, notFound } from '../request.ts';

/** Asking for a verification, and how far it is. */
export function registerVerifications(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.route({
    ...at('postVerification'),
    schema: {
      summary: 'Verify orders: find, and seal the months whose grace has ended',
      body: z
        .strictObject({
          orderIds: z.array(z.string()).min(1).max(10_000).nullish(),
          programme: programmeIdSchema.nullish(),
          asOf: z.string().nullish(),
        })
        .nullish(),
      response: { 202: z.object({ verificationId: z.string() }) },
    },
    handler: async (request, reply) => {
      const { orderIds, programme, asOf } = request.body ?? {};
      const unknown = (orderIds ?? []).filter((id) => deps.registry.view.order(id) === undefined);
      if (unknown.length > 0) {
        const detail = `${unknown.length} of the orders are not registered.`;
        throw new FlowproofError('invalid_request', detail);
      }
      const verificationId = await deps.verifications.request({
        orderIds: orderIds ?? null,
        programme: programme ?? null,
        asOfMs: asOfOf(asOf, request),
        nowMs: request.nowMs,
        simulated: deps.simulated,
      });
      return reply.code(202).send({ verificationId });
    },
  });
  app.route({
    ...at('getVerification'),
    schema: {
      summary: 'How far a verification is, in orders',
      params: z.object({ verificationId: z.string() }),
      response: { 200: progressSchema },
    },
    handler: async (request) => {
      const progress = await deps.verifications.progress(request.params.verificationId);
      if (progress === null) throw notFound();
      return progress;
    },
  });
}
