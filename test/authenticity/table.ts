import type { Database } from '../../store/clickhouse.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import type { StoredEvent } from '../helpers/storedEvents.ts';
import { CaseMaker, type FabricatedCase, type Method } from './cases.ts';
import { closedMonths, insertAll } from './closed.ts';

export const STRENGTHS = [1, 0.5, 0.25] as const;

export interface Row {
  readonly method: Method;
  readonly strength: number;
  readonly months: number;
  readonly found: number;
  /** Of the months found, by which findings. */
  readonly by: Readonly<Record<string, number>>;
  /** Orders whose month was not found. */
  readonly missed: readonly string[];
}

export interface TableOptions {
  readonly methods: readonly Method[];
  /** Cases of each method and strength. */
  readonly each: number;
  readonly seed: number;
}

/** Fabricates, closes in the store, and counts the months of each method that are held. */
export async function detectionTable(
  db: Database,
  real: readonly StoredEvent[],
  options: TableOptions,
): Promise<Row[]> {
  const maker = new CaseMaker(real, seededRandom(options.seed));
  const cases: FabricatedCase[] = [];
  for (const method of options.methods) {
    for (const strength of STRENGTHS) {
      for (let i = 0; i < options.each; i += 1) cases.push(maker.make(method, strength));
    }
  }
  await insertAll(
    db,
    cases.flatMap((c) => c.events),
  );
  const closed = await closedMonths(
    db,
    cases.flatMap((c) => c.entries),
    CLOSED_AT_MS,
  );
  const byOrder = new Map<string, typeof closed>();
  for (const month of closed) {
    const { orderId } = month.order;
    byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), month]);
  }
  return options.methods.flatMap((method) =>
    STRENGTHS.map((strength) => {
      const of = cases.filter((c) => c.method === method && c.strength === strength);
      const months = of.flatMap((c) =>
        (byOrder.get(c.orderId) ?? [])
          .map(({ month }) => month)
          .filter((m) => c.months.includes(m.month)),
      );
      const judged = months.filter((m) => m.state === 'met' || m.state === 'held');
      if (judged.length < months.length) throw new RangeError(`${method}: a case is not met`);
      const by: Record<string, number> = {};
      for (const { findings } of judged) {
        for (const f of findings) if (f.severity === 'high') by[f.code] = (by[f.code] ?? 0) + 1;
      }
      const found = judged.filter((m) => m.state === 'held').length;
      const missed = of.flatMap((c) =>
        (byOrder.get(c.orderId) ?? []).some((m) => m.month.state === 'held') ? [] : [c.orderId],
      );
      return { method, strength, months: judged.length, found, by, missed };
    }),
  );
}

/** After the grace of every case. */
const CLOSED_AT_MS = Date.UTC(2027, 6, 1);
