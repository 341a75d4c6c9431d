import { defineCommand } from 'citty';
import { z } from 'zod';
import { registryResultSchema } from '../../api/answers.ts';
import type { ApiClient } from '../http.ts';
import { cut } from './shared/batches.ts';
import { openFile } from './shared/files.ts';
import { clientFrom, connectionArgs } from './shared/options.ts';
import { startProgress } from './shared/progress.ts';
import { printable } from './shared/table.ts';

/** `flowproof registry FILE`: vendors, solutions, firms, orders and cases, a line each. */
export const registry = defineCommand({
  meta: {
    name: 'registry',
    description: 'Enter the records of an NDJSON file (.gz too); exit code 1 when one was refused',
  },
  args: {
    file: { type: 'positional', required: true, description: 'A line a record, with kind and id' },
    ...connectionArgs,
  },
  async run({ args }) {
    const client = clientFrom(args);
    const file = await openFile(args.file, args.file.endsWith('.gz'));
    const progress = startProgress('登錄 Registry KiB', kib(file.sizeBytes), process.stderr);
    const counts = { stored: 0, unchanged: 0, refused: 0 };
    let lines = 0;
    for await (const body of cut(file.chunks, 'ndjson', PIECE)) {
      const results = await enter(body, client);
      progress.beside(() => {
        for (const result of results) {
          counts[result.status] += 1;
          const { kind, id, code, detail } = result;
          const where = `record ${lines + result.line} ${kind ?? ''} ${id ?? ''}`;
          if (detail !== null) say(result.status, `${where}: ${code ?? 'note'}: ${detail}`);
        }
      });
      lines += results.length;
      progress.update(kib(file.readBytes()));
    }
    progress.end();
    const { stored, unchanged, refused } = counts;
    process.stdout.write(
      `已存 stored ${stored}, 未變 unchanged ${unchanged}, 拒絕 refused ${refused}\n`,
    );
    if (refused > 0) process.exitCode = 1;
  },
});

/** So much is judged and stored in one step. */
const PIECE = { eventsMax: 5_000, bytesMax: 16 * 1024 * 1024 };

const answerSchema = z.object({ results: z.array(registryResultSchema) });

async function enter(body: Buffer, client: ApiClient) {
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await client.json(answerSchema, 'POST', '/v1/registry', { headers, body });
  return answer.results;
}

/** Refusals are the answer; warnings of what was stored go beside it. */
function say(status: string, line: string): void {
  const out = status === 'refused' ? process.stdout : process.stderr;
  out.write(`${printable(line)}\n`);
}

function kib(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
