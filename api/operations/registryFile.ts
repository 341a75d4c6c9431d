import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import { FlowproofError } from '../../core/errors.ts';
import { REGISTRY_BYTES_MAX } from '../../core/limits.ts';
import { registryIdSchema } from '../../core/registry.ts';
import { registryResultSchema } from '../answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type EntryOutcome, storeEntries } from '../entries.ts';
import { at, ownerOf } from '../request.ts';

/** The bulk route: a registry file, a line an entry, in order; one bad line costs only itself. */
export function registerRegistryFile(scope: FastifyInstance, deps: ApiDependencies): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    { parseAs: 'buffer', bodyLimit: REGISTRY_BYTES_MAX },
    (_request, body, done) => done(null, body),
  );
  scope.withTypeProvider<ZodTypeProvider>().route({
    ...at('postRegistry'),
    bodyLimit: REGISTRY_BYTES_MAX,
    schema: {
      summary: 'Enter many records: NDJSON, a line each with kind and id beside its fields',
      consumes: ['application/x-ndjson'],
      response: { 200: z.object({ results: z.array(registryResultSchema) }) },
    },
    handler: async (request) => {
      const lines = readLines(request.body);
      const entries = lines.flatMap((line) => ('entry' in line ? [line.entry] : []));
      const change = { atMs: request.nowMs, by: ownerOf(request).keyId };
      const outcomes = (await storeEntries(entries, change, deps)).values();
      const results = lines.map((line) =>
        'entry' in line ? resultOf(line, outcomes.next().value) : line,
      );
      return { results };
    },
  });
}

type LineResult = z.infer<typeof registryResultSchema>;

type Line = { readonly line: number; readonly entry: RegistryEntry } | LineResult;

function resultOf(
  { line, entry }: { line: number; entry: RegistryEntry },
  outcome: EntryOutcome | undefined,
): LineResult {
  if (outcome === undefined) throw new RangeError('an entry had no outcome');
  const { kind, id } = entry;
  if (outcome.status === 'refused') {
    return refused(line, kind, id, outcome.refusal.code, outcome.refusal.detail);
  }
  const detail = outcome.warnings.length === 0 ? null : outcome.warnings.join('; ');
  return { line, kind, id, status: outcome.status, code: null, detail };
}

/** Lines are numbered from 1; empty ones are passed over. */
function readLines(body: unknown): Line[] {
  if (!Buffer.isBuffer(body)) {
    throw new FlowproofError('unsupported_media_type', 'Send the file as application/x-ndjson.');
  }
  return decode(body)
    .split('\n')
    .flatMap((text, i) => (text.trim() === '' ? [] : [readLine(text, i + 1)]));
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new FlowproofError('unreadable_body', 'The file is not valid UTF-8.');
  }
}

function readLine(text: string, line: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused(line, null, null, 'unreadable_body', 'The line is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused(line, null, null, 'invalid_request', 'The line is not an object.');
  }
  const { kind, id, ...body } = value as Record<string, unknown>;
  const parsed = z.object({ kind: z.unknown(), id: registryIdSchema }).safeParse({ kind, id });
  const entry = registryEntrySchema.safeParse({ kind, id, body });
  if (parsed.success && entry.success) return { line, entry: entry.data };
  const faults = [...(parsed.error?.issues ?? []), ...(entry.error?.issues ?? [])];
  const detail = faults.map((f) => `${f.path.join('.')}: ${f.message}`).join('; ');
  return refused(line, textOf(kind), textOf(id), 'invalid_request', detail);
}

function refused(
  line: number,
  kind: string | null,
  id: string | null,
  code: string,
  detail: string,
): LineResult {
  return { line, kind, id, status: 'refused', code, detail };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, 64) : null;
}
