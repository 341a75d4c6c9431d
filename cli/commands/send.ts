import { defineCommand } from 'citty';
import { z } from 'zod';
import type { ApiClient } from '../http.ts';
import { cut, formatOf, type LogFormat } from './shared/batches.ts';
import { type OpenFile, openFile } from './shared/files.ts';
import { clientFrom, connectionArgs } from './shared/options.ts';
import { startProgress } from './shared/progress.ts';
import { table } from './shared/table.ts';

/** `flowproof send FILE`: a usage log, in as many requests as it takes. */
export const send = defineCommand({
  meta: {
    name: 'send',
    description:
      "Send a usage log with a vendor's key: .ndjson, .csv or .json, also .gz; " +
      'exit code 1 when an event was refused. Sent again, an event still counts once',
  },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'The log; its extension says the format',
    },
    ...connectionArgs,
  },
  async run({ args }) {
    const format = formatOf(args.file);
    const client = clientFrom(args);
    const file = await openFile(args.file, format.gzipped);
    const sent = await sendFile(file, format, client);
    process.stdout.write(`已收 accepted ${sent.accepted}, 退回 rejected ${sent.rejected}\n`);
    if (sent.rejected === 0) return;
    const rows = sent.first.map((r) => [r.event, r.id ?? '–', r.code, r.detail]);
    process.stdout.write(table([['事件 Event', '編號 Id', '代碼 Code', '說明 Detail'], ...rows]));
    if (sent.rejected > sent.first.length) {
      process.stdout.write('All of them: flowproof rejects\n');
    }
    process.exitCode = 1;
  },
});

/** Within the server's limits, and small enough that an interruption costs little. */
const LIMITS = { eventsMax: 1_000, bytesMax: 2 * 1024 * 1024 };
const TRIES_MAX = 8;
const REJECTS_SHOWN_MAX = 10;

const answerSchema = z.object({
  received: z.int(),
  accepted: z.int(),
  rejected: z.array(
    z.object({
      index: z.int(),
      id: z.string().nullable(),
      code: z.string(),
      detail: z.string(),
    }),
  ),
});

interface Sent {
  received: number;
  accepted: number;
  rejected: number;
  /** The first refused ones; `event` counts from 1 over the whole file. */
  readonly first: { event: number; id: string | null; code: string; detail: string }[];
}

async function sendFile(file: OpenFile, format: LogFormat, client: ApiClient): Promise<Sent> {
  const sent: Sent = { received: 0, accepted: 0, rejected: 0, first: [] };
  const kib = (bytes: number) => Math.ceil(bytes / 1024);
  const progress = startProgress('傳送 Sending KiB', kib(file.sizeBytes), process.stderr);
  try {
    for await (const body of cut(file.chunks, format.kind, LIMITS)) {
      const answer = await client.json(answerSchema, 'POST', '/v1/events', {
        headers: { 'content-type': format.contentType },
        body,
        alsoOk: [422],
        triesMax: TRIES_MAX,
      });
      for (const { index, id, code, detail } of answer.rejected) {
        if (sent.first.length === REJECTS_SHOWN_MAX) break;
        sent.first.push({ event: sent.received + index + 1, id, code, detail });
      }
      sent.received += answer.received;
      sent.accepted += answer.accepted;
      sent.rejected += answer.rejected.length;
      progress.update(kib(file.readBytes()));
    }
  } catch (error) {
    progress.end();
    if (sent.received > 0) process.stderr.write(resume(sent));
    throw error;
  }
  progress.end();
  if (sent.received === 0) throw new Error('The file holds no event.');
  return sent;
}

function resume({ accepted }: Sent): string {
  return `${accepted} events were accepted before. Send the whole file again: each counts once.\n`;
}
