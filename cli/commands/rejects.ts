import { defineCommand } from 'citty';
import { z } from 'zod';
import { clientFrom, connectionArgs, limitArg, limitFrom } from './shared/options.ts';
import { table } from './shared/table.ts';

/** `flowproof rejects`: what was refused, and ids that came back with other content. */
export const rejects = defineCommand({
  meta: {
    name: 'rejects',
    description: "Refused events by time of receipt: a vendor's own, or all for an auditor",
  },
  args: { ...limitArg, ...connectionArgs },
  async run({ args }) {
    const rows: (string | number)[][] = [];
    const client = clientFrom(args);
    for await (const reject of client.items(rejectSchema, '/v1/rejects', limitFrom(args))) {
      const { receivedAt, batchId, index, id, code, detail } = reject;
      rows.push([receivedAt, batchId, index, id ?? '–', code, detail]);
    }
    process.stdout.write(table([HEADER, ...rows]));
  },
});

const HEADER = ['收到 Received', '批次 Batch', '序 Index', '編號 Id', '代碼 Code', '說明 Detail'];

const rejectSchema = z.object({
  batchId: z.string(),
  index: z.int(),
  id: z.string().nullable(),
  code: z.string(),
  detail: z.string(),
  receivedAt: z.string(),
});
