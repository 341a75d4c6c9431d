import { setTimeout as sleep } from 'node:timers/promises';
import { startOfDay } from '../../core/time.ts';
import type { Database } from '../../store/clickhouse.ts';
import { insertRows } from '../../store/insert.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { appendRegistry } from '../../store/registry.ts';
import { type National, nationalOf } from './shape.ts';

export interface FillSize {
  readonly orders: number;
  readonly events: number;
  /** Ids of other months that are known as well. */
  readonly idsBehind: number;
}

/**
 * Makes a national month inside the engine; `say` hears how far it is.
 * @returns how many events were made: each firm has a number of its own
 */
export async function fill(
  db: Database,
  size: FillSize,
  say: (line: string) => void,
): Promise<number> {
  await migrate(db, MIGRATIONS, 0);
  const national = nationalOf(size.orders);
  await fillRegistry(db, national);
  await fillOrders(db, national);
  const perOrder = size.events / size.orders;
  for (let from = 0; from < size.orders; from += ORDERS_PER_INSERT) {
    await run(db, eventsSql(from, from + ORDERS_PER_INSERT, perOrder));
    say(`events of orders ${Math.min(from + ORDERS_PER_INSERT, size.orders)}/${size.orders}`);
  }
  await run(
    db,
    `INSERT INTO superseded_v1 (seq, by_seq)
     SELECT seq, seq + 1 FROM events_v1 WHERE seq % 10000 = 0`,
  );
  await fillIds(db, size, say);
  await run(db, 'DROP TABLE bench_orders');
  while ((await numberOf(db, 'SELECT count() FROM system.merges')) > 0) {
    say('merges run');
    await sleep(2_000);
  }
  return numberOf(db, 'SELECT count() FROM events_v1');
}

const ORDERS_PER_INSERT = 5_000;
const IDS_PER_INSERT = 10_000_000;
const REGISTRY_PER_INSERT = 50_000;

async function fillRegistry(db: Database, { entries }: National): Promise<void> {
  for (let i = 0; i < entries.length; i += REGISTRY_PER_INSERT) {
    const piece = entries.slice(i, i + REGISTRY_PER_INSERT);
    const recorded = piece.map((entry, at) => ({ seq: i + at + 1, entry }));
    await appendRegistry(db, recorded, 0, 'benchmark');
  }
}

async function fillOrders(db: Database, { orders }: National): Promise<void> {
  await run(
    db,
    `CREATE TABLE bench_orders (n UInt32, vendor_id LowCardinality(String),
      solution_id LowCardinality(String), sme_id String, start_ms Int64, end_ms Int64)
     ENGINE = MergeTree ORDER BY n`,
  );
  for (let i = 0; i < orders.length; i += REGISTRY_PER_INSERT) {
    const rows = orders
      .slice(i, i + REGISTRY_PER_INSERT)
      .map((o, at) => [
        i + at,
        o.vendorId,
        o.solutionId,
        o.smeId,
        startOfDay(o.start),
        startOfDay(o.endExclusive),
      ]);
    const columns = ['n', 'vendor_id', 'solution_id', 'sme_id', 'start_ms', 'end_ms'];
    await insertRows(db.writer, 'bench_orders', columns, rows);
  }
}

/**
 * One firm in twenty is silent, the others have a fifth to twice the mean; five to ten people by
 * day; some of the use is the shop's customers', some came late. Ids, contents and sessions are as
 * incompressible as real ones.
 */
function eventsSql(from: number, until: number, perOrder: number): string {
  const most = Math.round((perOrder * 2) / 0.95 / 1.1);
  return `INSERT INTO events_v1 (seq, vendor_id, solution_id, sme_id, event_id, actor, actor_role,
      action, occurred_at, received_at, source, source_seq, session_id, resource, address,
      attributes, content, batch_id, supersedes)
    SELECT seq, vendor_id, solution_id, sme_id, hex(sipHash128(seq)),
      cityHash64(n, person),
      if(h % 20 = 0, 'consumer', if(person = 0, 'owner', 'staff')),
      ['login', 'create', 'update', 'query', 'query', 'browse', 'browse', 'click', 'click', 'print',
       'delete', 'export'][1 + intDiv(h, 1000) % 12],
      fromUnixTimestamp64Milli(occurred_ms, 'UTC'),
      fromUnixTimestamp64Milli(occurred_ms + if(h % 500 = 1, 40 * 86400000, 1000 + h % 5000), 'UTC'),
      'pos', k, hex(cityHash64(n, person, intDiv(occurred_ms, 86400000))), '',
      cityHash64(n, person % 3), '', reinterpretAsUInt128(sipHash128(seq, 1)),
      hex(cityHash64(n, intDiv(k, 200))), NULL
    FROM (
      SELECT n, vendor_id, solution_id, sme_id, k, toUInt64(n) * ${most + 1} + k + 1 AS seq,
        cityHash64(n, k) AS h,
        cityHash64(n, k, 2) % (5 + n % 6) AS person,
        start_ms + intDiv(cityHash64(n, k, 3) % 1000003 * (end_ms - start_ms), 1000003) AS occurred_ms
      FROM (
        SELECT *, arrayJoin(range(toUInt64(if(cityHash64(n) % 20 = 0, 0,
          ${most} * (0.1 + 0.9 * (cityHash64(n, 7) % 1001) / 1000))))) AS k
        FROM bench_orders WHERE n >= ${from} AND n < ${until}
      )
    )`;
}

/** This month's ids, and those of the months behind. */
async function fillIds(db: Database, size: FillSize, say: (line: string) => void): Promise<void> {
  await run(
    db,
    `INSERT INTO event_ids_v1 (vendor_id, event_id, seq, received_at, content)
     SELECT vendor_id, event_id, seq, received_at, content FROM events_v1`,
  );
  const vendors = 'greatest(1, (SELECT uniqExact(vendor_id) FROM bench_orders))';
  for (let from = 0; from < size.idsBehind; from += IDS_PER_INSERT) {
    const count = Math.min(IDS_PER_INSERT, size.idsBehind - from);
    await run(
      db,
      `INSERT INTO event_ids_v1 (vendor_id, event_id, seq, received_at, content)
       SELECT concat('vendor-', toString(number % ${vendors})), concat('b', toString(number)),
         0, fromUnixTimestamp64Milli(1672531200000 + intDiv(number, 1000), 'UTC'),
         reinterpretAsUInt128(sipHash128(number))
       FROM numbers(${from}, ${count})`,
    );
    say(`ids behind ${from + count}/${size.idsBehind}`);
  }
}

async function numberOf(db: Database, query: string): Promise<number> {
  const result = await db.reader().query({ query, format: 'JSONEachRow' });
  const [row] = await result.json<Record<string, unknown>>();
  return Number(Object.values(row ?? {})[0]);
}

async function run(db: Database, query: string): Promise<void> {
  await db.writer.command({ query, clickhouse_settings: { log_comment: 'benchmark' } });
}
