import { defineCommand } from 'citty';
import { z } from 'zod';
import type { ApiClient } from '../http.ts';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  limitArg,
  limitFrom,
  orderArg,
  orderPath,
} from './shared/options.ts';
import { sayCut } from './shared/output.ts';
import { table } from './shared/table.ts';

/** `flowproof events ORDER`: the raw log, each event with why it does not count. */
export const events = defineCommand({
  meta: { name: 'events', description: 'The raw events of an order, counted or not, by time' },
  args: {
    ...orderArg,
    from: { type: 'string', valueHint: 'date', description: 'The first day' },
    to: { type: 'string', valueHint: 'date', description: 'The last day' },
    ...asOfArg,
    csv: { type: 'boolean', description: 'Print CSV: every event, unless --limit is given' },
    ...limitArg,
    ...connectionArgs,
  },
  async run({ args }) {
    const path = orderPath(args.order, '/events');
    const query = { from: args.from, to: args.to, asOf: asOfFrom(args) };
    const rowsMax = args.csv === true && args.limit === undefined ? ALL : limitFrom(args);
    const client = clientFrom(args);
    if (args.csv === true) return printCsv(client, path, query, rowsMax);
    const { items, isCut } = await client.list(eventSchema, path, rowsMax, query);
    const rows = items.map((event) => {
      const { id, occurredAt, receivedAt, actorId, actorRole, action, excludedBecause } = event;
      return [occurredAt, receivedAt, actorId, actorRole, action, excludedBecause ?? '✓', id];
    });
    process.stdout.write(table([HEADER, ...rows]));
    sayCut(isCut, rowsMax);
  },
});

const ALL = Number.POSITIVE_INFINITY;
const PAGE_ROWS = 1_000;

const HEADER = [
  '發生 Occurred',
  '收到 Received',
  '使用者 Actor',
  '角色 Role',
  '動作 Action',
  '計入 Counted',
  '編號 Id',
];

const eventSchema = z.object({
  id: z.string(),
  occurredAt: z.string(),
  receivedAt: z.string(),
  actorId: z.string(),
  actorRole: z.string(),
  action: z.string(),
  excludedBecause: z.string().nullable(),
});

/** The pages of the server joined under one header row. */
async function printCsv(
  client: ApiClient,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  rowsMax: number,
): Promise<void> {
  let cursor: string | undefined;
  for (let left = rowsMax; left > 0; left -= PAGE_ROWS) {
    const answer = await client.call('GET', path, {
      query: { ...query, cursor, limit: String(Math.min(left, PAGE_ROWS)) },
      headers: { accept: 'text/csv' },
    });
    const page = await answer.text();
    const headerEnd = cursor === undefined ? 0 : page.indexOf('\n') + 1;
    process.stdout.write(page.slice(headerEnd));
    cursor = answer.headers.get('flowproof-next-cursor') ?? undefined;
    if (cursor === undefined) return;
  }
  sayCut(true, rowsMax);
}
