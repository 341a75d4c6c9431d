import { createHash, createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openDatabase } from '../../store/clickhouse.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { cell, instantCell } from '../../store/text.ts';
import { eventSource } from './events.ts';

/**
 * The same rows into the same table of the same engine, their text made before the clock starts: no
 * HTTP, no validation, no look-up of ids. It is the client's ordinary insert, the rows behind the
 * statement; the server's way, a file, costs the engine less. Arguments: folder, events, rows of an insert.
 */
const [folder = '', events = '', insertRows = ''] = process.argv.slice(2);
const COLUMNS = [
  'seq',
  'vendor_id',
  'solution_id',
  'sme_id',
  'event_id',
  'actor',
  'actor_role',
  'action',
  'occurred_at',
  'received_at',
  'source',
  'source_seq',
  'session_id',
  'resource',
  'address',
  'attributes',
  'content',
  'batch_id',
];
const INSERT = `INSERT INTO events_v1 (${COLUMNS.join(', ')})
  SETTINGS async_insert = 0, fsync_metadata = 1 FORMAT TabSeparated`;
const BATCH = 1_000;
const source = eventSource(Date.now(), BATCH);
let batchId = '';

function line(number: number): string {
  if (number % BATCH === 0) batchId = randomUUID();
  const e = JSON.parse(source.event(number));
  const actor = createHmac('sha256', 'bench').update(e.actorId).digest().readBigUInt64BE();
  const content = createHash('sha256').update(JSON.stringify(e)).digest('hex').slice(0, 32);
  return [
    number + 1,
    e.solutionId,
    e.solutionId,
    e.smeId,
    e.id,
    actor,
    e.actorRole,
    e.action,
    instantCell(Date.parse(e.occurredAt)),
    instantCell(Date.now()),
    '',
    '\\N',
    cell(e.sessionId),
    cell(e.resource),
    0,
    '',
    BigInt(`0x${content}`),
    batchId,
  ].join('\t');
}

const db = openDatabase({ path: join(folder, 'clickhouse') });
await migrate(db, MIGRATIONS, Date.now());
let busyMs = 0;
let cpuUs = 0;
for (let from = 0; from < Number(events); from += Number(insertRows)) {
  const count = Math.min(Number(insertRows), Number(events) - from);
  const lines = Array.from({ length: count }, (_, i) => line(from + i));
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await db.writer.command({ query: `${INSERT}\n${lines.join('\n')}\n` });
  busyMs += performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  cpuUs += user + system;
}
await db.close();
const answer = {
  eventsPerSecond: Math.round((Number(events) / busyMs) * 1_000),
  cpuUsPerEvent: cpuUs / Number(events),
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);
