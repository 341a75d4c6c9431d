import { z } from 'zod';
import { FlowproofError } from '../core/errors.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../core/limits.ts';

/** Lists answer `{items, nextCursor}`; the cursor is the last row's key, opaque to the caller. */
export const pageQuery = z.strictObject({
  cursor: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});
export type PageQuery = z.infer<typeof pageQuery>;

export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** A page of a list in memory, in the order of its keys, which are unique. */
export function pageOf<T>(all: Iterable<T>, keyOf: (item: T) => string, query: PageQuery): Page<T> {
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const rest = [...all]
    .filter((item) => after === null || keyOf(item) > after)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const items = rest.slice(0, query.limit);
  const last = items.at(-1);
  const more = rest.length > items.length && last !== undefined;
  return { items, nextCursor: more ? writeCursor(keyOf(last)) : null };
}

export function writeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (writeCursor(key) === cursor) return key;
  throw new FlowproofError('invalid_request', 'The cursor is none that a list answered.');
}
