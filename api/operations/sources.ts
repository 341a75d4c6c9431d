import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { STRETCHES_MAX } from '../../core/limits.ts';
import { civilDateSchema } from '../../core/registry.ts';
import { addDays, startOfDay } from '../../core/time.ts';
import { pageOfSources, type SourceKey } from '../../store/sources.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageSchema, readCursor, writeCursor } from '../pages.ts';
import { at, ownerOf } from '../request.ts';
import { reportsOf, sourceSchema } from '../sourceReports.ts';

/** Sequence numbers by source: gaps, resets and duplicates, so that removed records show. */
export function registerSources(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('listSources'),
    schema: {
      summary: 'Sequence numbers by source; from and to are days of receipt, to inclusive',
      querystring: pageQuery.extend({
        vendorId: z.string().max(128).optional(),
        from: civilDateSchema.optional(),
        to: civilDateSchema.optional(),
      }),
      response: { 200: pageSchema(sourceSchema) },
    },
    handler: async (request) => {
      const { role, vendorId: ownId } = ownerOf(request);
      const { vendorId = null, from, to, cursor, limit } = request.query;
      // Of another vendor a key sees what it would see of one that does not exist.
      if (role === 'vendor' && vendorId !== null && vendorId !== ownId) return NOTHING;
      const within = {
        fromMs: from === undefined ? 0 : startOfDay(from),
        untilMs: to === undefined ? Number.POSITIVE_INFINITY : startOfDay(addDays(to, 1)),
      };
      const found = await pageOfSources(deps.db, {
        ...within,
        vendorId: role === 'vendor' ? ownId : vendorId,
        after: cursor === undefined ? null : readSourceCursor(cursor),
        limit: limit + 1,
      });
      const items = await reportsOf(deps.db, within, found.slice(0, limit), STRETCHES_MAX);
      const last = found[items.length - 1];
      const more = found.length > items.length && last !== undefined;
      return { items, nextCursor: more ? sourceCursor(last) : null };
    },
  });
}

const NOTHING = { items: [], nextCursor: null };
const cursorSchema = z.tuple([z.string(), z.string()]);

function sourceCursor({ vendorId, source }: SourceKey): string {
  return writeCursor(JSON.stringify([vendorId, source]));
}

function readSourceCursor(cursor: string): SourceKey {
  try {
    const [vendorId, source] = cursorSchema.parse(JSON.parse(readCursor(cursor)));
    return { vendorId, source };
  } catch {
    throw new FlowproofError('invalid_request', 'The cursor is none that this list answered.');
  }
}
