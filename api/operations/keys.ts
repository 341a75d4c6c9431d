import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { KEY_ROLES } from '../../core/routes.ts';
import { formatInstant } from '../../core/time.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageOf, pageQuery, pageSchema } from '../pages.ts';
import { at, notFound } from '../request.ts';

/** Keys: random, shown once, stored hashed. Their times are the real clock's, simulated or not. */
export function registerKeys(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.route({
    ...at('createKey'),
    schema: {
      summary: 'Make a key; it is shown in this answer and never again',
      body: keyBodySchema,
      response: { 201: z.object({ keyId: z.string(), key: z.string() }) },
    },
    handler: async (request, reply) => {
      const { role, label } = request.body;
      const vendorId = request.body.vendorId ?? null;
      const smeId = request.body.smeId ?? null;
      checkBinding({ role, vendorId, smeId }, deps);
      const keyId = deps.random.id();
      const key = `fp_${role}_${deps.random.secret()}`;
      await deps.keys.create({ keyId, role, vendorId, smeId, label }, key, deps.clock());
      return reply.code(201).send({ keyId, key });
    },
  });
  app.route({
    ...at('revokeKey'),
    schema: {
      summary: 'Revoke a key; every process refuses it within 5 seconds',
      params: z.object({ keyId: z.string() }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const revoked = await deps.keys.revoke(request.params.keyId, deps.clock());
      if (!revoked) throw notFound();
      return reply.code(204).send(null);
    },
  });
  app.route({
    ...at('listKeys'),
    schema: {
      summary: 'Keys in force, without their secrets',
      querystring: pageQuery,
      response: { 200: pageSchema(keySchema) },
    },
    handler: async (request) => {
      const page = pageOf(deps.keys.list(), (k) => k.keyId, request.query);
      const items = page.items.map(({ createdAtMs, ...key }) => ({
        ...key,
        createdAt: formatInstant(createdAtMs),
      }));
      return { items, nextCursor: page.nextCursor };
    },
  });
}

const keyBodySchema = z.strictObject({
  role: z.enum(KEY_ROLES),
  vendorId: z.string().nullish(),
  smeId: z.string().nullish(),
  label: z.string().trim().min(1).max(200),
});

const keySchema = z.object({
  keyId: z.string(),
  role: z.enum(KEY_ROLES),
  vendorId: z.string().nullable(),
  smeId: z.string().nullable(),
  label: z.string(),
  createdAt: z.string(),
});

/** A vendor's key speaks for one registered vendor, a firm's for one registered firm. */
function checkBinding(
  key: { role: string; vendorId: string | null; smeId: string | null },
  deps: ApiDependencies,
): void {
  const { view } = deps.registry;
  if ((key.vendorId !== null) !== (key.role === 'vendor')) {
    throw new FlowproofError('invalid_request', 'vendorId goes with the role vendor, and only it.');
  }
  if ((key.smeId !== null) !== (key.role === 'sme')) {
    throw new FlowproofError('invalid_request', 'smeId goes with the role sme, and only it.');
  }
  if (key.vendorId !== null && view.vendor(key.vendorId) === undefined) {
    throw new FlowproofError('unknown_vendor', 'Register the vendor first.');
  }
  if (key.smeId !== null && view.sme(key.smeId) === undefined) {
    throw new FlowproofError('unknown_sme', 'Register the firm first.');
  }
}
