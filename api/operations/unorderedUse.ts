import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { ORDERED_FIRMS_PER_READ } from '../../core/limits.ts';
import { type FirmOfSolution, placeOf } from '../../core/orderedFirms.ts';
import type { RegistryView } from '../../core/registry.ts';
import { formatInstant } from '../../core/time.ts';
import type { KeyOwner } from '../../store/liveKeys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageSchema, readCursor, writeCursor } from '../pages.ts';
import { asOfOf, at, ownerOf } from '../request.ts';
import { unorderedUseSchema, unorderedUses } from '../unorderedUses.ts';

/** Stored use in no contract of its firm for its solution: kept and shown, never counted. */
export function registerUnorderedUse(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('listUnorderedUse'),
    schema: {
      summary: 'Use of firms without an order of the solution, or outside of all its contracts',
      querystring: pageQuery.extend({
        vendorId: z.string().max(128).optional(),
        asOf: z.string().optional(),
      }),
      response: { 200: pageSchema(unorderedUseSchema).extend({ asOf: z.string() }) },
    },
    handler: async (request) => {
      const { vendorId, cursor, limit } = request.query;
      const receivedBeforeMs = asOfOf(request.query.asOf, request);
      const registry = deps.registry.view;
      const solutionIds = visibleSolutions(ownerOf(request), vendorId, registry);
      const orders = solutionIds.flatMap((id) => registry.ordersOfSolution(id));
      const asked = {
        solutionIds,
        after: cursor === undefined ? null : readFirmCursor(cursor),
        receivedBeforeMs,
        limit: limit + 1,
      };
      const found = await unorderedUses(deps.db, orders, asked, ORDERED_FIRMS_PER_READ);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const more = found.length > limit && last !== undefined;
      return {
        asOf: formatInstant(receivedBeforeMs),
        items,
        nextCursor: more ? writeCursor(placeOf(last)) : null,
      };
    },
  });
}

/** Of another vendor a key sees what it would see of one that does not exist. */
function visibleSolutions(
  owner: KeyOwner,
  asked: string | undefined,
  registry: RegistryView,
): string[] {
  const own = owner.role === 'vendor' ? owner.vendorId : undefined;
  if (own === undefined && asked === undefined) {
    throw new FlowproofError('invalid_request', 'Send vendorId: the list is of one vendor.');
  }
  return [...registry.solutions()]
    .filter((s) => own === undefined || s.vendorId === own)
    .filter((s) => asked === undefined || s.vendorId === asked)
    .map((s) => s.solutionId);
}

const CURSOR = /^(?<solutionId>[\w.-]{1,64}) (?<smeId>\d{8})$/;

function readFirmCursor(cursor: string): FirmOfSolution {
  const { solutionId, smeId } = CURSOR.exec(readCursor(cursor))?.groups ?? {};
  if (solutionId !== undefined && smeId !== undefined) return { solutionId, smeId };
  throw new FlowproofError('invalid_request', 'The cursor is none that this list answered.');
}
