import { beforeAll, describe, expect, it } from 'vitest';
import { registryEntrySchema } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { Months } from '../../verify/months.ts';
import { Faults, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, MONTHLY, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();

/** Three weeks with two interactions each, and two users a month. */
const RULE: NormalFlow = {
  allOf: [
    { metric: 'interactions', per: 'week', atLeast: 2, in: 3 },
    { metric: 'activeUsers', per: 'month', atLeast: 2 },
  ],
};
const registry = registryOf([
  ...solutionEntries('golden', { normalFlow: RULE }),
  ...solutionEntries('versions', { normalFlow: MONTHLY }),
  registryEntrySchema.parse({
    kind: 'solution',
    id: 's-versions',
    body: {
      vendorId: 'v-versions',
      name: 'S',
      usagePlan: '',
      interactions: ['print'],
      effectiveFrom: '2023-05-16',
      normalFlow: { allOf: [{ metric: 'logins', per: 'month', atLeast: 1 }] },
    },
  }),
]);
const GOLDEN = order('golden', 'golden');

/** Time in Taipei, actor, action; received a second later unless it says when. */
type Line = readonly [
  when: string,
  actor: bigint,
  action: string,
  received?: string | undefined,
  role?: string,
];
const LOG: readonly Line[] = [
  ['2023-04-14 23:59:59.999', 1n, 'create'], // before the contract
  ['2023-04-15 00:00:00.000', 1n, 'login'], // its first millisecond
  ['2023-04-18 10:00:00', 1n, 'create'],
  ['2023-04-19 10:00:00', 2n, 'print'],
  ['2023-04-24 00:00:00.000', 1n, 'create'], // the week's edges
  ['2023-04-30 23:59:59.999', 2n, 'create'],
  ['2023-05-02 10:00:00', 3n, 'fax'], // undeclared: in the events alone
  ['2023-05-02 10:00:00', 4n, 'create', undefined, 'consumer'],
  ['2023-05-04 10:00:00', 2n, 'create', '2023-05-22 00:00:00.000'], // late to the millisecond
  ['2023-05-05 10:00:00', 2n, 'create', '2023-05-21 23:59:59.999'], // in time to the millisecond
  ['2023-05-08 10:00:00', 1n, 'create'],
  ['2023-05-14 23:59:59.999', 1n, 'create'],
  ['2023-05-15 00:00:00.000', 1n, 'create'], // month 2
  ['2023-05-16 10:00:00', 1n, 'create'],
  ['2023-05-22 10:00:00', 1n, 'query'],
  ['2023-05-23 10:00:00', 1n, 'query'],
  ['2023-06-07 10:00:00', 1n, 'click'],
  ['2023-06-13 10:00:00', 1n, 'create', '2023-06-22 00:00:00.000'], // late for 2, in time for 3's week
  ['2023-06-17 10:00:00', 1n, 'create'], // month 3
  ['2023-06-19 10:00:00', 1n, 'create'],
  ['2023-06-20 10:00:00', 2n, 'create'],
  ['2023-07-05 10:00:00', 2n, 'create'],
  ['2023-07-10 10:00:00', 1n, 'create'],
  ['2023-07-16 23:59:59.999', 2n, 'create'], // month 4's day, of month 3's last week
];

function eventOf([when, actor, action, received, actorRole = 'staff']: Line): StoredEvent {
  const occurredAtMs = at(when);
  const receivedAtMs = received === undefined ? occurredAtMs + 1_000 : at(received);
  return storedEvent({
    vendorId: 'v-golden',
    solutionId: 's-golden',
    occurredAtMs,
    receivedAtMs,
    actor,
    action,
    actorRole,
  });
}

beforeAll(async () => {
  await insertEvents(test.db, LOG.map(eventOf));
});
const months = () => new Months(test.db, registry, true);

async function answer(asOf: number, of = GOLDEN) {
  const [first] = await months().monthsOf([of], asOf);
  if (first === undefined) throw new Error('no answer');
  return first;
}

describe('the golden log', () => {
  it('gives the months that were worked out by hand (I-76)', async () => {
    const { months: decided, claimableMonths, rulesVersion } = await answer(at('2023-09-01'));
    const table = decided.map((m) => ({
      span: `${m.start} ${m.endExclusive}`,
      state: m.state,
      totals: `${m.totals.logins} ${m.totals.interactions} ${m.totals.activeUsers} ${m.totals.events}`,
      weeks: m.criteria[0]?.cycles.map((c) => `${c.start.slice(5)}:${c.value}`).join(' '),
      weeksMet: `${m.criteria[0]?.cyclesMet}/${m.criteria[0]?.cyclesAsked}`,
      users: m.criteria[1]?.cycles.map((c) => c.value).join(),
    }));
    expect(table).toEqual([
      {
        span: '2023-04-15 2023-05-15',
        state: 'met',
        totals: '1 7 2 9',
        weeks: '04-17:2 04-24:2 05-01:1 05-08:2',
        weeksMet: '3/3',
        users: '2',
      },
      {
        span: '2023-05-15 2023-06-15',
        state: 'short',
        totals: '0 5 1 5',
        weeks: '05-15:2 05-22:2 05-29:0 06-05:1',
        weeksMet: '2/3',
        users: '1',
      },
      {
        span: '2023-06-15 2023-07-15',
        state: 'met',
        totals: '0 5 2 5',
        weeks: '06-12:2 06-19:2 06-26:0 07-03:1 07-10:2',
        weeksMet: '3/3',
        users: '2',
      },
      {
        span: '2023-07-15 2023-08-15',
        state: 'short',
        totals: '0 1 1 1',
        weeks: '07-17:0 07-24:0 07-31:0 08-07:0',
        weeksMet: '0/3',
        users: '1',
      },
    ]);
    expect(decided.map((m) => m.claimable)).toEqual([true, false, true, false]);
    expect(claimableMonths).toBe(2);
    expect(rulesVersion).toBe('tcloud-2023/1');
    expect(decided.every((m) => m.seal === null && m.review === null)).toBe(true);
  });

  it.each([
    ['2023-05-14 23:59:59.999', 'open open open open'],
    ['2023-05-15', 'pending open open open'],
    ['2023-05-21 23:59:59.999', 'pending open open open'],
    ['2023-05-22', 'met open open open'],
    ['2023-06-21 23:59:59.999', 'met pending open open'],
    ['2023-06-22', 'met short open open'],
    ['2023-08-21 23:59:59.999', 'met short met pending'],
    ['2023-08-22', 'met short met short'],
  ])('as of %s is %s', async (asOf, want) => {
    const decided = await answer(at(asOf));
    expect(decided.months.map((m) => m.state).join(' ')).toBe(want);
    expect(decided.claimableMonths).toBe(want.split('met').length - 1);
  });

  it('knows only events received before asOf (I-76)', async () => {
    const totals = async (asOf: string) => (await answer(at(asOf))).months[0]?.totals.events;
    expect(await totals('2023-04-15')).toBe(0);
    expect(await totals('2023-04-15 00:00:01.000')).toBe(0);
    expect(await totals('2023-04-15 00:00:01.001')).toBe(1);
    expect(await totals('2023-05-15')).toBe(7);
    expect(await totals('2023-05-21 23:59:59.999')).toBe(8);
    expect(await totals('2023-05-22')).toBe(9);
    expect(await totals('2030-01-01')).toBe(9);
  });

  it('draws every week of the contract, judged or not, late events for its month left out', async () => {
    const weeks = await months().weeksOf(GOLDEN, at('2023-09-01'));
    expect(weeks.map((w) => `${w.start.slice(5)} ${w.judgedIn ?? '-'} ${w.totals.events}`)).toEqual(
      [
        '04-10 - 1',
        '04-17 1 2',
        '04-24 1 2',
        '05-01 1 2',
        '05-08 1 2',
        '05-15 2 2',
        '05-22 2 2',
        '05-29 2 0',
        '06-05 2 1',
        '06-12 3 2',
        '06-19 3 2',
        '06-26 3 0',
        '07-03 3 1',
        '07-10 3 2',
        '07-17 4 0',
        '07-24 4 0',
        '07-31 4 0',
        '08-07 4 0',
        '08-14 - 0',
      ],
    );
  });

  it('makes one record for one state of knowledge, byte for byte (I-76)', async () => {
    const chart = () => months().chartOf(GOLDEN, at('2023-09-01'), { from: 1, to: 2 });
    const [one, two] = [await chart(), await chart()];
    expect(JSON.stringify(two)).toBe(JSON.stringify(one));
    expect(one).toMatchObject({
      totals: { logins: 1, interactions: 12, events: 14 },
      claimableMonths: 2,
      simulated: true,
    });
    expect(one.months.map((m) => m.month)).toEqual([1, 2]);
    expect(one.weeks.map((w) => w.start.slice(5))).toEqual([
      '04-10',
      '04-17',
      '04-24',
      '05-01',
      '05-08',
      '05-15',
      '05-22',
      '05-29',
      '06-05',
      '06-12',
    ]);
    const later = await months().chartOf(GOLDEN, at('2023-09-02'), { from: 1, to: 2 });
    expect(later.digest).not.toBe(one.digest);
  });
});

describe('a month', () => {
  it('without use is silent, of a firm without an event too', async () => {
    const other = order('silent', 'golden', { smeId: '04595257' });
    const decided = await answer(at('2023-09-01'), other);
    expect(decided.months.map((m) => m.state)).toEqual(['silent', 'silent', 'silent', 'silent']);
    expect(decided.claimableMonths).toBe(0);
  });

  it('is judged by the version in force at its own start (I-30)', async () => {
    const of = order('versions', 'versions');
    const decided = await answer(at('2023-09-01'), of);
    expect(decided.months.map((m) => m.criteria[0]?.metric)).toEqual([
      'interactions',
      'interactions',
      'logins',
      'logins',
    ]);
  });

  it('of many orders asked together is the same as asked alone', async () => {
    const orders = [
      order('x', 'versions'),
      GOLDEN,
      order('y', 'golden', { smeId: '04595257' }),
      order('z', 'golden', { contractStart: '2023-05-01', contractMonths: 12 }),
    ];
    const together = await months().monthsOf(orders, at('2023-09-01'));
    for (const [i, of] of orders.entries())
      expect(together[i]).toEqual(await answer(at('2023-09-01'), of));
    expect(await months().monthsOf([], at('2023-09-01'))).toEqual([]);
  });

  it('that cannot be counted, or whose seals cannot be read, is an error and no empty month', async () => {
    for (const table of ['events_v1', 'month_results_v1']) {
      const faults = new Faults();
      const broken = new Months(withFaults(test.db, faults.faultOf), registry, true);
      faults.next(table);
      await expect(broken.monthsOf([GOLDEN], at('2023-09-01'))).rejects.toMatchObject({
        code: 'store_unavailable',
      });
    }
  });
});
