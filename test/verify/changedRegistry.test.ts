import { beforeAll, describe, expect, it } from 'vitest';
import { storeEntries } from '../../api/entries.ts';
import type { RegistryEntry } from '../../core/entries.ts';
import type { Order } from '../../core/registry.ts';
import { LiveRegistry } from '../../store/liveRegistry.ts';
import { insertMonthResults, readMonthResults } from '../../store/monthResults.ts';
import { type Closing, closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { fromResult, toResult } from '../../verify/sealed.ts';
import type { SealingTurn } from '../../verify/sealInTurn.ts';
import { newTaxId } from '../helpers/app.ts';
import { useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, orderEntry, solutionEntries, storedEvent } from '../helpers/world.ts';

/** The registry and the seals in one store, as one process has them. */
const test = useDatabase();
let live: LiveRegistry;
beforeAll(async () => {
  live = await LiveRegistry.open(test.db);
});

const ASKED = '2023-06-01';
const CLOSING: Closing = {
  verificationId: 'x',
  asOfMs: at(ASKED),
  sealedAtMs: at(ASKED),
  simulated: true,
  loadedUntilMs: at(ASKED),
};
const CHANGE = { atMs: at(ASKED), by: 'k' };

/** Orders of so many firms that each used the solution `s-<name>` twice in their first month. */
async function registered(name: string, firms: number): Promise<Order[]> {
  const smeIds = Array.from({ length: firms }, newTaxId);
  const ids = smeIds.map((_, i) => `${name}-${i}`);
  const entries = smeIds.map((smeId, i) => orderEntry(ids[i] ?? '', name, { smeId }));
  const outcomes = await storeEntries([...solutionEntries(name), ...entries], CHANGE, deps());
  expect(outcomes.map((o) => o.status)).not.toContain('refused');
  const days = ['2023-05-01 12:00:00', '2023-05-02 12:00:00'];
  await insertEvents(
    test.db,
    smeIds.flatMap((smeId) =>
      days.map((day) =>
        storedEvent({
          solutionId: `s-${name}`,
          smeId,
          actor: BigInt(smeId),
          occurredAtMs: at(day),
        }),
      ),
    ),
  );
  return ids.flatMap((id) => live.view.order(id) ?? []);
}

const deps = () => ({ db: test.db, registry: live });

/** A version that asks for five uses a month, from a day on. */
function strict(name: string, effectiveFrom: string): RegistryEntry {
  const normalFlow = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 5 }] } as const;
  const [, entry] = solutionEntries(name, { normalFlow: { allOf: [...normalFlow.allOf] } });
  if (entry?.kind !== 'solution') throw new Error('no solution');
  return { ...entry, body: { ...entry.body, effectiveFrom: effectiveFrom as never } };
}

/** Closes while something is entered at the first statement that holds a text. */
async function closeWhile<T>(orders: readonly Order[], text: string, enter: () => Promise<T>) {
  let entered: Promise<T> | null = null;
  const db = withFaults(test.db, (statement) => {
    if (entered === null && statement.includes(text)) entered = enter();
    return null;
  });
  const sealingTurn: SealingTurn = (work) => live.unchanged(() => work(async () => undefined));
  const sealed = await closeOrders({ db, registry: live.view, sealingTurn }, orders, CLOSING);
  if (entered === null) throw new Error(`no statement holds ${text}`);
  return { sealed, entered: await (entered as Promise<T>) };
}

const COUNTING = 'FROM events_v1';
const SEALING = 'INSERT INTO month_results_v1';

async function sealsOf(orders: readonly Order[]) {
  const ids = orders.map((o) => o.orderId);
  const results = await readMonthResults(test.db, ids, at(ASKED));
  const seals = results.map(fromResult);
  return seals.map((s) => `${s.endExclusive} ${s.state} ${s.ruleFrom}`).sort();
}

describe('what is registered while a closing judges', () => {
  it('judges what is sealed: a rule put between the counting and the seal (I-35)', async () => {
    const orders = await registered('rule', 2);
    expect(await sealsOf(orders)).toEqual([]);
    const put = () => storeEntries([strict('rule', '2023-04-01')], CHANGE, deps());
    const { sealed, entered } = await closeWhile(orders, COUNTING, put);
    expect(entered).toMatchObject([{ status: 'stored' }]);
    expect(sealed).toBe(2);
    expect(await sealsOf(orders)).toEqual(Array(2).fill('2023-05-15 short 2023-04-01'));
  });

  it('is refused from the moment that a seal would contradict it (I-35)', async () => {
    const orders = await registered('late', 1);
    const put = () => storeEntries([strict('late', '2023-04-01')], CHANGE, deps());
    const { entered } = await closeWhile(orders, SEALING, put);
    expect(entered).toMatchObject([
      { status: 'refused', refusal: { code: 'sealed_month_would_change' } },
    ]);
    expect(await sealsOf(orders)).toEqual(['2023-05-15 met 2020-01-01']);
  });

  it('ends the months that an early end cuts, and leaves the orders beside it (I-35)', async () => {
    const orders = await registered('end', 2);
    const termination = { date: '2023-05-11', reason: 'r' };
    const ended = orderEntry('end-0', 'end', { smeId: orders[0]?.smeId, termination });
    const put = () => storeEntries([ended], CHANGE, deps());
    const { sealed, entered } = await closeWhile(orders, COUNTING, put);
    expect(entered).toMatchObject([{ status: 'stored' }]);
    expect(sealed).toBe(2);
    expect(await sealsOf(orders)).toEqual([
      '2023-05-11 met 2020-01-01',
      '2023-05-15 met 2020-01-01',
    ]);
  });
});

describe('a seal names the version that judged it', () => {
  it('which stays the rule of the month, whatever another process entered (I-36)', async () => {
    const [of] = await registered('split', 1);
    if (of === undefined) throw new Error('no order');
    await closeOrders({ db: test.db, registry: live.view }, [of], CLOSING);
    // As a process does that looked for seals before this one was there.
    await live.append(CHANGE, async (staged) => staged.apply(strict('split', '2023-04-01')));
    const months = new Months(test.db, live.view, true);
    const terms = await months.termsOf(of, at('2023-06-20'));
    expect(terms.map((t) => t.version.effectiveFrom)).toEqual([
      '2020-01-01',
      '2023-04-01',
      '2023-04-01',
      '2023-04-01',
    ]);
    const chart = await months.chartOf(of, at('2023-06-20'), { from: 1, to: 2 });
    const asked = chart.months.map((m) => ('allOf' in m.rule ? m.rule.allOf[0]?.atLeast : null));
    expect(asked).toEqual([2, 5]);
    const [revision] = await months.revisionsOf(of, 1, at('2023-06-20'));
    expect(revision?.ruleFrom).toBe('2020-01-01');
  });

  it('which cannot be replaced by another rule, also where a later one alike is in force (I-36)', async () => {
    const [of] = await registered('kept', 1);
    if (of === undefined) throw new Error('no order');
    await closeOrders({ db: test.db, registry: live.view }, [of], CLOSING);
    const [, alike] = solutionEntries('kept');
    if (alike?.kind !== 'solution') throw new Error('no solution');
    const later = { ...alike, body: { ...alike.body, effectiveFrom: '2023-04-01' as never } };
    expect(await storeEntries([later], CHANGE, deps())).toMatchObject([{ status: 'stored' }]);
    expect(await storeEntries([strict('kept', '2020-01-01')], CHANGE, deps())).toMatchObject([
      { status: 'refused', refusal: { code: 'sealed_month_would_change' } },
    ]);
  });

  it('and is read where it is older and names none: the version in force is its rule', async () => {
    const [of] = await registered('older', 1);
    if (of === undefined) throw new Error('no order');
    await closeOrders({ db: test.db, registry: live.view }, [of], CLOSING);
    const [result] = await readMonthResults(test.db, [of.orderId], at(ASKED));
    if (result === undefined) throw new Error('no seal');
    const { ruleFrom: _none, ...older } = fromResult(result);
    const copy = { ...of, orderId: 'copy' };
    await insertMonthResults(test.db, [toResult({ ...older, orderId: 'copy' }, result)]);
    const months = new Months(test.db, live.view, true);
    const [first] = await months.termsOf(copy, at('2023-06-20'));
    expect(first?.version.effectiveFrom).toBe('2020-01-01');
    const [revision] = await months.revisionsOf(copy, 1, at('2023-06-20'));
    expect(revision).toMatchObject({ ruleFrom: null, decision: { seal: { revision: 1 } } });
  });
});
