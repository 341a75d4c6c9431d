import { defineCommand } from 'citty';
import { z } from 'zod';
import { clientFrom, connectionArgs, limitArg, limitFrom } from './shared/options.ts';
import { sayCut } from './shared/output.ts';
import { table } from './shared/table.ts';

/** `flowproof rejects`: what was refused, and ids that came back with other content. */
export const rejects = defineCommand({
  meta: {
    name: 'rejects',
    description: "Refused events, the oldest first: a vendor's own, or all for an auditor",
  },
  args: {
    code: { type: 'string', valueHint: 'code', description: 'Only those, such as id_conflict' },
    order: { type: 'string', valueHint: 'id', description: 'Only what claims use of this order' },
    from: { type: 'string', valueHint: 'date', description: 'With --order: the first day' },
    to: { type: 'string', valueHint: 'date', description: 'With --order: the last day' },
    ...limitArg,
    ...connectionArgs,
  },
  async run({ args }) {
    const rowsMax = limitFrom(args);
    const { code, order: orderId, from, to } = args;
    const query = { code, orderId, from, to };
    const client = clientFrom(args);
    const { items, isCut } = await client.list(rejectSchema, '/v1/rejects', rowsMax, query);
    const rows = items.map((reject) => {
      const { receivedAt, batchId, index, id, code, detail } = reject;
      return [receivedAt, batchId, index, id ?? '–', code, detail];
    });
    process.stdout.write(table([HEADER, ...rows]));
    sayCut(isCut, rowsMax);
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
