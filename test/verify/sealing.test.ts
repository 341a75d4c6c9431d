import { describe, expect, it } from 'vitest';
import { BROKEN_ORDERS_NAMED_MAX, ORDERS_PER_SEAL_MAX, SEAL_DELAY_MS } from '../../core/limits.ts';
import type { Order } from '../../core/registry.ts';
import { type Closing, closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { Faults, numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const registry = registryOf([
  ...solutionEntries('a'),
  ...solutionEntries('own', { vendorTaxId: '12345675' }),
  ...solutionEntries('many'),
]);

const closing = (asOf: string, fields: Partial<Closing> = {}): Closing => ({
  verificationId: 'x',
  asOfMs: at(asOf),
  sealedAtMs: at(asOf),
  simulated: true,
  loadedUntilMs: at(asOf),
  ...fields,
});
const close = (orders: readonly Order[], asOf: string, fields: Partial<Closing> = {}) =>
  closeOrders({ db: test.db, registry }, orders, closing(asOf, fields));
const seals = (orderId: string) =>
  numberOf(test.db, `SELECT count() FROM month_results_v1 WHERE order_id = '${orderId}'`);

async function monthsOf(of: Order, asOf: string) {
  const [answer] = await new Months(test.db, registry, true).monthsOf([of], at(asOf));
  if (answer === undefined) throw new Error('no answer');
  return answer.months;
}
const shown = (months: Awaited<ReturnType<typeof monthsOf>>) =>
  months.map((m) => `${m.state} ${m.totals.events} ${m.seal?.revision ?? '-'}`);

/** A firm of its own with so many uses in the middle of each contract month. */
async function firm(
  orderId: string,
  smeId: string,
  uses: readonly number[],
  name = 'a',
): Promise<Order> {
  const events = uses.flatMap((n, i) =>
    Array.from({ length: n }, () =>
      storedEvent({
        solutionId: `s-${name}`,
        smeId,
        // Its people are nobody else's: what firms share is a finding of a seal.
        actor: BigInt(smeId),
        occurredAtMs: at(`2023-0${5 + i}-01 12:00:00`),
      }),
    ),
  );
  await insertEvents(test.db, events);
  return order(orderId, name, { smeId });
}

describe('a month is sealed', () => {
  it('when its grace has ended, and not a millisecond before (I-68)', async () => {
    const of = await firm('edge', '10000001', [2, 1]);
    expect(await close([of], '2023-05-21 23:59:59.999')).toBe(0);
    expect(await close([of], '2023-05-22')).toBe(1);
    expect(shown(await monthsOf(of, '2023-05-22'))).toEqual([
      'met 2 1',
      'open 0 -',
      'open 0 -',
      'open 0 -',
    ]);
  });

  it('once, however often it is asked for (I-68)', async () => {
    const of = await firm('once', '10000002', [2, 1]);
    expect(await close([of], '2023-07-01')).toBe(2);
    const before = await monthsOf(of, '2023-07-01');
    expect(await close([of], '2023-07-01')).toBe(0);
    expect(await close([of], '2023-07-02', { verificationId: 'y' })).toBe(0);
    expect(await seals('once')).toBe(2);
    expect(await monthsOf(of, '2023-07-01')).toEqual(before);
  });

  it('once, with a later asOf first and an earlier one after (I-68)', async () => {
    const of = await firm('back', '10000003', [2, 1]);
    expect(await close([of], '2023-09-01')).toBe(4);
    expect(await close([of], '2023-06-01')).toBe(0);
    expect(await close([of], '2023-06-01', { sealedAtMs: at('2023-09-02') })).toBe(0);
    expect(await seals('back')).toBe(4);
    expect(shown(await monthsOf(of, '2023-09-02'))).toEqual([
      'met 2 1',
      'short 1 1',
      'silent 0 1',
      'silent 0 1',
    ]);
  });

  it('with the real clock only when what was received in its last moment is stored (I-69)', async () => {
    const of = await firm('delay', '10000004', [2]);
    const graceEnd = at('2023-05-22');
    const real = (sealedAtMs: number) =>
      close([of], '2023-06-01', { sealedAtMs, asOfMs: sealedAtMs, simulated: false });
    expect(await real(graceEnd)).toBe(0);
    expect(await real(graceEnd + SEAL_DELAY_MS - 1)).toBe(0);
    expect(await real(graceEnd + SEAL_DELAY_MS)).toBe(1);
  });

  it('with the real clock only when the spool up to the end of its grace is stored (I-69)', async () => {
    const of = await firm('spooled', '10000010', [2]);
    const graceEnd = at('2023-05-22');
    const longAfter = at('2023-06-01');
    const real = (loadedUntilMs: number) =>
      close([of], '2023-06-01', { sealedAtMs: longAfter, simulated: false, loadedUntilMs });
    expect(await real(0)).toBe(0);
    expect(await real(graceEnd - 1)).toBe(0);
    expect(await seals('spooled')).toBe(0);
    expect(await real(graceEnd)).toBe(1);
  });

  it('as held where a finding asks for a person, and is not claimable (I-72)', async () => {
    const of = await firm('own', '12345675', [2, 1], 'own');
    await close([of], '2023-07-01');
    const [first, second] = await monthsOf(of, '2023-07-01');
    expect(first).toMatchObject({
      state: 'held',
      claimable: false,
      findings: [
        {
          code: 'vendor_is_customer',
          severity: 'high',
          explanation: expect.stringMatching(/^企業與方案廠商為同一統一編號。 The firm and /),
        },
      ],
    });
    expect(second).toMatchObject({ state: 'short', claimable: false });
  });
});

describe('a sealed month', () => {
  it('does not change by events that come later, nor would it if it were counted again (I-70)', async () => {
    const of = await firm('late', '10000005', [1]);
    await close([of], '2023-05-22');
    const late = [at('2023-05-22'), at('2023-08-01')].map((receivedAtMs) =>
      storedEvent({
        solutionId: 's-a',
        smeId: '10000005',
        occurredAtMs: at('2023-05-01 13:00:00'),
        receivedAtMs,
      }),
    );
    const before = await monthsOf(of, '2023-09-01');
    await insertEvents(test.db, late);
    expect(await monthsOf(of, '2023-09-01')).toEqual(before);
    const again = await monthsOf({ ...of, orderId: 'late-unsealed' }, '2023-09-01');
    expect(shown(again)[0]).toBe('short 1 -');
    expect(again[0]?.totals).toEqual(before[0]?.totals);
  });

  it('is answered for an asOf before its sealing as if it had never been (I-71)', async () => {
    const of = await firm('past', '10000006', [2, 2]);
    const dates = ['2023-05-01', '2023-05-22', '2023-06-10', '2023-06-22'];
    const before = await Promise.all(dates.map((d) => monthsOf(of, d)));
    await close([of], '2023-09-01');
    expect(await Promise.all(dates.map((d) => monthsOf(of, d)))).toEqual(before);
    const at0 = await monthsOf(of, '2023-08-31 23:59:59.999');
    const sealed = await monthsOf(of, '2023-09-01');
    expect(at0.every((m) => m.seal === null)).toBe(true);
    expect(sealed.map((m) => m.seal?.sealedAt)).toEqual(
      Array.from({ length: 4 }, () => '2023-09-01T00:00:00.000+08:00'),
    );
    expect(sealed.map((m) => ({ ...m, seal: null }))).toEqual(at0);
  });
});

describe('an early end that is registered after a seal', () => {
  it('has the cut month judged anew and leaves the others as they were', async () => {
    const of = await firm('cut', '10000007', [2, 2, 2]);
    await close([of], '2023-09-01');
    const before = await monthsOf(of, '2023-09-02');
    // Month 3 runs from 06-15 and loses its use of 07-01.
    const cut = order('cut', 'a', {
      smeId: '10000007',
      termination: { date: '2023-06-25', reason: 'r' },
    });
    expect(shown(await monthsOf(cut, '2023-09-02'))).toEqual(['met 2 1', 'met 2 1', 'silent 0 -']);
    expect(await close([cut], '2023-09-02')).toBe(1);
    expect(await close([cut], '2023-09-03')).toBe(0);
    const after = await monthsOf(cut, '2023-09-03');
    expect(shown(after)).toEqual(['met 2 1', 'met 2 1', 'silent 0 2']);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).toMatchObject({ start: '2023-06-15', endExclusive: '2023-06-25' });
    expect(await seals('cut')).toBe(5);
  });

  it('at the end of a month has nothing judged anew', async () => {
    const of = await firm('clean', '10000008', [2, 2]);
    await close([of], '2023-09-01');
    const cut = order('clean', 'a', {
      smeId: '10000008',
      termination: { date: '2023-06-15', reason: 'r' },
    });
    expect(await close([cut], '2023-09-02')).toBe(0);
    expect(shown(await monthsOf(cut, '2023-09-02'))).toEqual(['met 2 1', 'met 2 1']);
  });
});

describe('closing that is killed in the middle', () => {
  it('seals the rest when it is asked again, and nothing twice (I-74)', async () => {
    const orders = Array.from({ length: ORDERS_PER_SEAL_MAX + 20 }, (_, i) =>
      order(`many-${i}`, 'many', { smeId: String(30_000_000 + i), contractMonths: 4 }),
    );
    const count = () =>
      numberOf(test.db, "SELECT count() FROM month_results_v1 WHERE order_id LIKE 'many-%'");
    const faults = new Faults();
    const deps = { db: withFaults(test.db, faults.faultOf), registry };
    faults.next(`many-${ORDERS_PER_SEAL_MAX}\t`);
    await expect(closeOrders(deps, orders, closing('2023-06-01'))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(await count()).toBe(ORDERS_PER_SEAL_MAX);
    faults.next('INSERT INTO month_results_v1', 1, 'lost');
    await expect(closeOrders(deps, orders, closing('2023-06-01'))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(await closeOrders(deps, orders, closing('2023-06-01'))).toBe(0);
    expect(await count()).toBe(orders.length);
    expect(
      await numberOf(
        test.db,
        "SELECT uniqExact(order_id) FROM month_results_v1 WHERE order_id LIKE 'many-%'",
      ),
    ).toBe(orders.length);
  });

  it('takes seals or counts that cannot be read for no answer, and seals nothing', async () => {
    const of = await firm('unread', '10000009', [2]);
    for (const table of ['FROM month_results_v1', 'FROM events_v1']) {
      const faults = new Faults();
      faults.next(table);
      const deps = { db: withFaults(test.db, faults.faultOf), registry };
      await expect(closeOrders(deps, [of], closing('2023-06-01'))).rejects.toMatchObject({
        code: 'store_unavailable',
      });
    }
    expect(await seals('unread')).toBe(0);
  });
});

let tampered = 0;

describe('a seal that was tampered with is found out (I-73)', () => {
  it.each([
    ['totals', 'result', `replaceOne(result, '"events":2', '"events":3')`],
    ['state', 'result', `replaceOne(result, '"state":"met"', '"state":"short"')`],
    ['a-member-too-many', 'result', `replaceOne(result, '{', '{"a":1,')`],
    ['no-json', 'result', `'x'`],
    ['digest', 'digest', `repeat('0', 64)`],
    ['state-beside', 'state', `'short'`],
    ['month-beside', 'month', 'month + 1'],
    ['revision-beside', 'revision', 'revision + 1'],
    ['order-beside', 'order_id', `concat(order_id, '-other')`],
  ])('%s', async (name, column, value) => {
    tampered += 1;
    const of = await firm(`tamper-${name}`, String(20_000_000 + tampered), [2]);
    await close([of], '2023-05-22');
    const [before] = await monthsOf(of, '2023-05-22');
    expect(before).toMatchObject({ state: 'met', seal: { revision: 1 } });
    await rewrite(of.orderId, column, value);
    const found = column === 'order_id' ? { ...of, orderId: `${of.orderId}-other` } : of;
    await expect(monthsOf(found, '2023-05-22')).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    await expect(close([found], '2023-05-23')).rejects.toThrow(` of ${found.orderId} differs `);
  });
});

describe('a seal that does not fit its digest', () => {
  it('leaves its order unsealed alone: the others are sealed, and the closing fails and names it (I-181)', async () => {
    const smeIds = ['10000011', '10000012', '10000013'];
    const orders = await Promise.all(smeIds.map((id, i) => firm(`beside-${i}`, id, [2, 2])));
    await close(orders, '2023-05-22');
    await rewrite('beside-1', 'digest', `repeat('0', 64)`);
    for (let again = 0; again < 2; again += 1) {
      await expect(close(orders, '2023-09-01')).rejects.toMatchObject({
        message: 'left unsealed: month 1 of beside-1 differs from its digest',
        done: 2,
      });
      expect(await Promise.all(orders.map((o) => seals(o.orderId)))).toEqual([4, 1, 4]);
    }
  });

  it('is told beside others of its kind, so many by name (I-181)', async () => {
    const orders = await Promise.all(
      Array.from({ length: BROKEN_ORDERS_NAMED_MAX + 2 }, (_, i) =>
        firm(`broken-${i}`, String(11_000_000 + i), []),
      ),
    );
    await close(orders, '2023-05-22');
    await test.db.writer.command({
      query: `ALTER TABLE month_results_v1 UPDATE digest = '' WHERE order_id LIKE 'broken-%'
        SETTINGS mutations_sync = 2`,
    });
    await expect(close(orders, '2023-06-01')).rejects.toMatchObject({
      message: expect.stringMatching(/^left unsealed: month 1 of broken-0 .*, and 2 more$/),
      done: 0,
    });
  });
});

/** Changes a column of an order's seals; keys cannot be updated, so the changed row is a new one. */
async function rewrite(orderId: string, column: string, value: string): Promise<void> {
  const columns = [
    'order_id',
    'month',
    'revision',
    'sealed_at',
    'verification_id',
    'state',
    'result',
    'digest',
    'simulated',
  ];
  const changed = columns.map((c) => (c === column ? `${value} AS changed` : c));
  const where = `WHERE order_id = '${orderId}'`;
  for (const query of [
    'CREATE OR REPLACE TABLE spare AS month_results_v1 ENGINE = Memory',
    `INSERT INTO spare (${columns.join(', ')}) SELECT ${changed.join(', ')} FROM month_results_v1 ${where}`,
    `DELETE FROM month_results_v1 ${where}`,
    'INSERT INTO month_results_v1 SELECT * FROM spare',
  ]) {
    await test.db.writer.command({ query });
  }
}
