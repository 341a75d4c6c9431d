import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RegistryEntry } from '../../core/entries.ts';
import { FlowproofError } from '../../core/errors.ts';
import {
  caseBodySchema,
  orderBodySchema,
  registryIdSchema,
  smeBodySchema,
  solutionBodySchema,
  vendorBodySchema,
} from '../../core/registry.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type EntryOutcome, storeEntries } from '../entries.ts';
import { at, ownerOf } from '../request.ts';

/** One route a kind of entry; each PUT is one more entry of the history. */
export function registerRegistry(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.route({
    ...at('putVendor'),
    schema: { ...described('vendor'), params: idParams('vendorId'), body: vendorBodySchema },
    handler: (request) =>
      put({ kind: 'vendor', id: request.params.vendorId, body: request.body }, request, deps),
  });
  app.route({
    ...at('putSolution'),
    schema: { ...described('solution'), params: idParams('solutionId'), body: solutionBodySchema },
    handler: (request) =>
      put({ kind: 'solution', id: request.params.solutionId, body: request.body }, request, deps),
  });
  app.route({
    ...at('putSme'),
    schema: { ...described('sme'), params: idParams('smeId'), body: smeBodySchema },
    handler: (request) =>
      put({ kind: 'sme', id: request.params.smeId, body: request.body }, request, deps),
  });
  app.route({
    ...at('putOrder'),
    schema: { ...described('order'), params: idParams('orderId'), body: orderBodySchema },
    handler: (request) =>
      put({ kind: 'order', id: request.params.orderId, body: request.body }, request, deps),
  });
  app.route({
    ...at('putCase'),
    schema: { ...described('case'), params: idParams('caseId'), body: caseBodySchema },
    handler: (request) =>
      put({ kind: 'case', id: request.params.caseId, body: request.body }, request, deps),
  });
}

function idParams<N extends string>(name: N) {
  return z.object({ [name]: registryIdSchema } as Record<N, typeof registryIdSchema>);
}

function described(kind: string) {
  return { summary: `Enter a ${kind}; the entry before stays in the history`, response };
}

const response = {
  200: z.object({
    kind: z.string(),
    id: z.string(),
    status: z.enum(['stored', 'unchanged']),
    warnings: z.array(z.string()),
  }),
};

async function put(entry: RegistryEntry, request: FastifyRequest, deps: ApiDependencies) {
  const change = { atMs: request.nowMs, by: ownerOf(request).keyId };
  const [outcome] = await storeEntries([entry], change, deps);
  if (outcome === undefined) throw new RangeError('an entry had no outcome');
  return acceptedOutcome(entry, outcome);
}

function acceptedOutcome(entry: RegistryEntry, outcome: EntryOutcome) {
  const { status, refusal, warnings } = outcome;
  if (status === 'refused') throw new FlowproofError(refusal.code, refusal.detail);
  return { kind: entry.kind, id: entry.id, status, warnings: [...warnings] };
}
