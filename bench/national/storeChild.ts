import { join } from 'node:path';
import { openDataDir, pseudonymSecretOf } from '../../cli/files.ts';
import { COUNTED_ROLES } from '../../core/event.ts';
import { interactionsOf, LOGIN } from '../../core/normalFlow.ts';
import { type Database, openDatabase } from '../../store/clickhouse.ts';
import { literal } from '../../store/text.ts';
import { fill } from './fill.ts';
import { DECLARED_INTERACTIONS } from './shape.ts';

/**
 * The store of a data directory, while no server has it. Arguments: folder, then `fill` with how
 * many orders, events and ids behind, `bare`, or `check`. Answers one line of JSON.
 */
const [folder = '', task = '', ...numbers] = process.argv.slice(2);
const [orders = 1, events = 1, idsBehind = 0] = numbers.map(Number);
const BARE_RUNS = 3;

if (task === 'fill') {
  openDataDir(folder, true);
  pseudonymSecretOf(folder);
}
const db = openDatabase({ path: join(folder, 'clickhouse') });
try {
  process.stdout.write(`${JSON.stringify(await answer(db))}\n`);
} finally {
  await db.close();
}

function answer(db: Database): Promise<unknown> {
  switch (task) {
    case 'fill':
      return fill(db, { orders, events, idsBehind }, say);
    case 'bare':
      return bare(db);
    case 'check':
      return check(db);
    default:
      throw new Error(`no such task: ${task}`);
  }
}

/**
 * The weeks of every firm with exact distinct users, in one query, nothing stored and nothing
 * answered; the best of some runs.
 */
async function bare(db: Database): Promise<{ seconds: number; cpuSeconds: number }> {
  const interactions = interactionsOf({ interactions: DECLARED_INTERACTIONS });
  const measured = [LOGIN, ...interactions].map(literal).join(', ');
  const query = `SELECT solution_id, sme_id, toMonday(occurred_at, 'Asia/Taipei') AS week,
      countIf(action = ${literal(LOGIN)}) AS logins,
      countIf(action IN (${interactions.map(literal).join(', ')})) AS interactions,
      uniqExactIf(actor, action IN (${measured})) AS users,
      count() AS events
    FROM events_v1
    WHERE actor_role IN (${COUNTED_ROLES.map(literal).join(', ')})
    GROUP BY solution_id, sme_id, week
    FORMAT Null`;
  let best = { seconds: Number.POSITIVE_INFINITY, cpuSeconds: Number.POSITIVE_INFINITY };
  for (let run = 0; run < BARE_RUNS; run += 1) {
    const begunMs = performance.now();
    const begunCpu = process.cpuUsage();
    await db.reader().command({ query });
    const seconds = (performance.now() - begunMs) / 1_000;
    const { user, system } = process.cpuUsage(begunCpu);
    const cpuSeconds = (user + system) / 1e6;
    say(
      `bare aggregation ${run + 1}/${BARE_RUNS}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU`,
    );
    best = {
      seconds: Math.min(best.seconds, seconds),
      cpuSeconds: Math.min(best.cpuSeconds, cpuSeconds),
    };
  }
  return best;
}

/** What is sealed, all its bytes as one number, and its events beside those that the log has for it. */
async function check(db: Database): Promise<unknown> {
  const result = await db.reader().query({
    query: `SELECT toFloat64(count()) AS seals, toFloat64(uniqExact(order_id)) AS orders,
        toFloat64(max(revision)) AS revision,
        toString(groupBitXor(
          sipHash64(order_id, month, r.revision, sealed_at, result, digest))) AS bytes,
        toFloat64(sum(JSONExtractUInt(result, 'totals', 'events'))) AS events,
        (SELECT toFloat64(count()) FROM events_v1
          WHERE actor_role IN (${COUNTED_ROLES.map(literal).join(', ')})
            AND received_at < occurred_at + INTERVAL 20 DAY
            AND seq NOT IN (SELECT seq FROM superseded_v1)) AS logged
      FROM month_results_v1 AS r`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json();
  return row;
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
