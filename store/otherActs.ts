import { setImmediate } from 'node:timers/promises';
import type { OriginalAct } from '../core/authenticity/copied.ts';
import { sortedByKey } from '../core/growing.ts';
import type { Database } from './clickhouse.ts';
import { type Columns, defineColumns } from './columns.ts';
import { counted, instant, literals, READ_BESIDE } from './counted.ts';
import { firmKey, smeAt } from './firmPages.ts';

/** Firms of one vendor, in any of its solutions, over a time of their own. */
export interface FirmsOfVendor {
  readonly solutionIds: readonly string[];
  readonly smeIds: readonly string[];
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

/**
 * What firms did, act by act, ascending; what came apart is an act of its own. One read serves the
 * firms of any number of vendors, and no row is read that none of them asks for.
 * @param groups no solution in two of them
 * @returns by group: the acts of each firm that has any
 */
export async function readActs(
  db: Database,
  groups: readonly FirmsOfVendor[],
): Promise<Map<string, readonly OriginalAct[]>[]> {
  const found = groups.map(() => new Map<string, readonly OriginalAct[]>());
  const some = groups.filter(({ smeIds }) => smeIds.length > 0);
  if (some.length === 0) return found;
  const rows = await actColumns(db, { groups: some });
  const groupOf = new Map(groups.flatMap((g, i) => g.solutionIds.map((id) => [id, i])));
  const groupAt = Int32Array.from(rows.solution.names, (id) => groupOf.get(id) ?? -1);
  const keys = new Map<number, number>();
  const firms: { readonly group: number; readonly row: number }[] = [];
  const owners = Int32Array.from(rows.sme, (sme, row) => {
    const group = groupAt[rows.solution.places[row] ?? 0] ?? -1;
    const key = firmKey(group, sme);
    const known = keys.get(key);
    if (known !== undefined) return known;
    keys.set(key, firms.length);
    return firms.push({ group, row }) - 1;
  });
  const { starts, places } = sortedByKey(owners, firms.length);
  const acts = new Acts(rows);
  let stretch = 0;
  for (const [firm, { group, row }] of firms.entries()) {
    const of = places.subarray(starts[firm], starts[firm + 1]);
    stretch += of.length;
    if (stretch > ROWS_AT_A_STRETCH) {
      stretch = 0;
      // Requests are answered between, and the queue hears that the job is not dead.
      await setImmediate();
    }
    found[group]?.set(smeAt(rows, row), acts.of(of));
  }
  return found;
}

/** Some ten milliseconds of work. */
const ROWS_AT_A_STRETCH = 10_000;

const COLUMNS = {
  solution: 'LowCardinality(String)',
  sme: 'UInt32',
  second: 'UInt32',
  received: 'Float64',
  action: 'LowCardinality(String)',
} as const;

const actColumns = defineColumns({
  name: 'authenticity.acts',
  columns: COLUMNS,
  sql: ({ groups }: { readonly groups: readonly FirmsOfVendor[] }) => `SELECT
      solution_id AS solution, toUInt32(sme_id) AS sme,
      toUInt32(toUnixTimestamp(occurred_at)) AS second,
      toFloat64(toUnixTimestamp64Milli(received_at)) AS received, action
    FROM events_v1
    WHERE ${within(hullOf(groups))} AND (${groups.map(ofVendor).join(' OR ')})
      AND ${counted()}
    SETTINGS ${READ_BESIDE}`,
});

/** A firm may be a customer of several vendors, each with months of another year. */
function ofVendor(group: FirmsOfVendor): string {
  return `(${within(group)} AND sme_id IN (${literals(group.smeIds)}))`;
}

function within(p: Omit<FirmsOfVendor, 'smeIds'>): string {
  return `solution_id IN (${literals(p.solutionIds)})
      AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}`;
}

/** What lies outside of it is not even opened. */
function hullOf(groups: readonly FirmsOfVendor[]): Omit<FirmsOfVendor, 'smeIds'> {
  return {
    solutionIds: groups.flatMap((group) => group.solutionIds),
    startMs: Math.min(...groups.map((group) => group.startMs)),
    endExclusiveMs: Math.max(...groups.map((group) => group.endExclusiveMs)),
  };
}

/** Rows as acts. */
class Acts {
  readonly #rows: Columns<typeof COLUMNS>;
  /** By action: its place among all, by the bytes of the names. */
  readonly #ranks: Int32Array;
  /** By action: of an act of it alone. */
  readonly #alone: readonly (readonly string[])[];

  constructor(rows: Columns<typeof COLUMNS>) {
    const { names } = rows.action;
    const sorted = names.map((name, i) => ({ bytes: Buffer.from(name), i }));
    sorted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    this.#rows = rows;
    this.#ranks = new Int32Array(names.length);
    sorted.forEach(({ i }, rank) => {
      this.#ranks[i] = rank;
    });
    this.#alone = names.map((name) => [name]);
  }

  of(rows: Int32Array): OriginalAct[] {
    const { second, received } = this.#rows;
    const sorted = rows.sort(
      (a, b) =>
        (second[a] ?? 0) - (second[b] ?? 0) ||
        (received[a] ?? 0) - (received[b] ?? 0) ||
        this.#rankAt(a) - this.#rankAt(b),
    );
    const acts: OriginalAct[] = [];
    for (let from = 0, to = 0; from < sorted.length; from = to) {
      const row = sorted[from] ?? 0;
      const [at, receivedAtMs] = [second[row] ?? 0, received[row] ?? 0];
      for (to = from + 1; to < sorted.length; to += 1) {
        const next = sorted[to] ?? 0;
        if (second[next] !== at || received[next] !== receivedAtMs) break;
      }
      acts.push({ second: at, receivedAtMs, actions: this.#actionsOf(sorted.subarray(from, to)) });
    }
    return acts;
  }

  #actionsOf(rows: Int32Array): readonly string[] {
    if (rows.length === 1) return this.#alone[this.#actionAt(rows[0] ?? 0)] ?? [];
    return Array.from(rows, (row) => this.#rows.action.names[this.#actionAt(row)] ?? '');
  }

  #rankAt(row: number): number {
    return this.#ranks[this.#actionAt(row)] ?? 0;
  }

  #actionAt(row: number): number {
    return this.#rows.action.places[row] ?? 0;
  }
}
