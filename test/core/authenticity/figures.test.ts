import { describe, expect, it } from 'vitest';
import { backDated } from '../../../core/authenticity/backDated.ts';
import { existingCustomer, idConflicts } from '../../../core/authenticity/beside.ts';
import { burstStarts, bursts } from '../../../core/authenticity/burst.ts';
import { identicalWeeks, justOver } from '../../../core/authenticity/counts.ts';
import { actsOf, type Doubt, percent } from '../../../core/authenticity/doubt.ts';
import { findingsOfUse } from '../../../core/authenticity/find.ts';
import { futureDated } from '../../../core/authenticity/futureDated.ts';
import { isOutsideHours, outsideHours } from '../../../core/authenticity/hours.ts';
import { regularIntervals } from '../../../core/authenticity/regular.ts';
import { sharedActor, sharedAddress } from '../../../core/authenticity/shared.ts';
import type { UseEvent } from '../../../core/authenticity/use.ts';
import { civilDate, DAY_MS } from '../../../core/time.ts';
import { at } from '../../helpers/world.ts';
import {
  HOUR_S,
  interactionsAMonth,
  MINUTE_S,
  markOf,
  monthUse,
  steps,
  useEvent,
  usesAt,
} from './useInput.ts';

/** What is said of each doubt, and in what figures: an auditor reads no more of it. */

const DAY = civilDate('2023-05-01');

function said(doubt: Doubt | null) {
  if (doubt === null) return null;
  const { code, zh, en, figures } = doubt;
  return { said: `${code}: ${zh} ${en}`, figures };
}

describe('the words and figures', () => {
  it('of back-dated use are how much of it came late, after the month, on how many days', () => {
    const received = (when: string, receivedAt: string) =>
      useEvent(when, { receivedAtMs: at(receivedAt) });
    const events = [
      received('2023-05-01 10:00:00', '2023-05-06 10:00:00'),
      received('2023-05-02 10:00:00', '2023-05-16 10:00:00'),
      received('2023-05-02 10:00:00.400', '2023-05-16 10:20:00'),
      received('2023-05-03 10:00:00', '2023-05-17 11:00:00'),
      useEvent('2023-05-04 10:00:00'),
    ];
    expect(said(backDated(monthUse(events)))).toEqual({
      said:
        'back_dated: 紀錄於事後許久始送達，且多在期程月結束後。 ' +
        'Use was received long after it happened, and after the month had ended.',
      figures: {
        lateEvents: 4,
        receivedAfterMonthEnd: 3,
        shareOfEvents: 80,
        lateActs: 2,
        days: 2,
        deliveries: 2,
        longestDelayDays: 14,
      },
    });
  });

  it('of future-dated use are how much of it, and by how much at most', () => {
    const ahead = (ms: number) => {
      const atMs = at('2023-05-01 10:00:00');
      return useEvent(atMs, { receivedAtMs: atMs - ms });
    };
    const events = [ahead(61_000), ahead(100_600), ahead(0)];
    expect(futureDated(events)?.events).toEqual(new Set(events.slice(0, 2)));
    expect(said(futureDated(events))).toEqual({
      said: 'future_dated: 紀錄時間晚於收到時間。 Use claims a time after it was received.',
      figures: { aheadEvents: 2, shareOfEvents: 67, longestAheadSeconds: 101 },
    });
  });

  it('of a timer are its beat, and how many acts lie on it', () => {
    const timer = usesAt('2023-05-03 10:00:00', steps(12, 10 * MINUTE_S));
    const doubt = regularIntervals([...timer, useEvent('2023-05-04 08:00:00')]);
    expect(said(doubt)).toEqual({
      said:
        'regular_intervals: 使用的時間間隔規律如機器定時產生。 ' +
        'Use follows at intervals as even as those of a timer.',
      figures: { regularEvents: 13, shareOfEvents: 100, beatMinutes: 9.9, actsOnBeat: 12 },
    });
  });

  it('of bursts are the hours that hold one, each act in one of them', () => {
    const two = [...steps(24, 5 * MINUTE_S), ...steps(13, MINUTE_S).map((s) => 9 * HOUR_S + s)];
    const more = usesAt('2023-05-04 10:00:00', [0]);
    expect(said(bursts([...usesAt('2023-05-03 10:00:00', two), ...more]))).toEqual({
      said: 'burst: 使用集中於極短時間之大量操作。 Use is crowded into single hours.',
      figures: { burstEvents: 37, shareOfEvents: 97, bursts: 3, mostActsInAnHour: 13 },
    });
  });

  it.each([
    [22, 1],
    [23, 2],
    [33, 2],
    [34, 3],
  ])('of %d acts, twelve an hour, are %d bursts: one may begin where the last ended', (acts, n) => {
    const found = bursts(usesAt('2023-05-03 10:00:00', steps(acts, 5 * MINUTE_S)));
    expect(found?.figures['bursts']).toBe(n);
  });

  it('of what firms share are the firms of the mark that most have', () => {
    const events = [
      ...usesAt('2023-05-03 10:00:00', steps(3, HOUR_S), { actor: '1', address: '7' }),
      ...usesAt('2023-05-04 10:00:00', steps(2, HOUR_S), { actor: '2', address: '8' }),
      ...usesAt('2023-05-05 10:00:00', steps(4, HOUR_S), { actor: '3', address: '9' }),
    ];
    const of = (a: string, b: string) =>
      new Map([
        [a, markOf(3, 40)],
        [b, markOf(5, 41)],
      ]);
    const marks = { actors: of('1', '2'), addresses: of('8', '7') };
    const figures = { sharedEvents: 5, shareOfEvents: 56, firms: 5, firmsOfVendor: 41 };
    expect(said(sharedActor(events, marks))).toEqual({
      said:
        'shared_actor: 同一使用者帳號於多家企業使用。 ' +
        'The same person uses the solution for several firms.',
      figures,
    });
    expect(said(sharedAddress(events, marks))).toEqual({
      said:
        'shared_address: 多家企業由同一網路位址使用。 ' +
        'Several firms use the solution from the same address.',
      figures,
    });
  });

  it('of use outside hours are its share of the acts', () => {
    const night = usesAt('2023-05-03 23:00:00', steps(20, 7));
    const noon = usesAt('2023-05-04 12:00:00', [0]);
    const doubt = outsideHours([...night, ...noon]);
    expect(doubt?.events).toEqual(new Set(night));
    expect(said(doubt)).toEqual({
      said: 'outside_hours: 使用幾乎都在營業時間以外。 Almost all use is at night or on Sundays.',
      figures: { shareOfActs: 95, acts: 21 },
    });
  });

  it('of counts are the weeks, or the months in a row', () => {
    expect(identicalWeeks([12, 12, 12, 12, 12], [])).toEqual({
      code: 'identical_weeks',
      zh: '每週使用數完全相同。',
      en: 'Every week has exactly the same number of uses.',
      figures: { weeks: 5, usesAWeek: 12 },
    });
    const criterion = { metric: 'logins', per: 'month', atLeast: 20, in: null } as const;
    const cycles = [{ start: DAY, endExclusive: DAY, value: 21, met: true }];
    const met = { ...criterion, cycles, cyclesMet: 1, cyclesAsked: 1, met: true };
    const weekly = { ...met, per: 'week' as const, atLeast: 21 };
    expect(justOver(4, [weekly, met])).toEqual({
      code: 'just_over',
      zh: '連續數月之使用數均恰好略高於門檻。',
      en: 'Month after month ends just over the threshold.',
      figures: { monthsInARow: 4, value: 21, threshold: 20 },
    });
    expect(justOver(4, [weekly])).toBeNull();
  });

  it('of ids that came again are the versions', () => {
    expect(idConflicts(3)).toEqual({
      code: 'id_conflict',
      severity: 'low',
      explanation:
        '同一事件編號曾以不同內容重送；以最先收到者為準。 ' +
        'Ids came again with other content; what was received first stands.',
      figures: { versions: 3 },
    });
  });

  it('of a customer of before are its orders and its use', () => {
    expect(existingCustomer({ earlierOrders: 1, uses: 0, firstUseMs: null })).toEqual({
      code: 'existing_customer',
      severity: 'low',
      explanation: '企業先前已訂購本方案。 The firm had an earlier order for the solution.',
      figures: { earlierOrders: 1, usesBefore: 0 },
    });
    const used = { earlierOrders: 0, uses: 2, firstUseMs: at('2023-04-14 23:59:59') };
    expect(existingCustomer(used)).toEqual({
      code: 'existing_customer',
      severity: 'low',
      explanation: '企業於契約開始前已使用本方案。 The firm used the solution before the contract.',
      figures: { earlierOrders: 0, usesBefore: 2, firstUse: '2023-04-14' },
    });
  });
});

describe('the findings of a month', () => {
  const marks = { actors: new Map(), addresses: new Map() };
  const of = (events: readonly UseEvent[], atLeast: number) => {
    const use = monthUse(events, interactionsAMonth(atLeast));
    return findingsOfUse({ use, criteria: [], marks, originals: [], justOverMonths: 0 });
  };
  /** One act every other day or so, at no time of day. */
  const other = usesAt(
    '2023-04-16 08:00:00',
    steps(14, 1).map((i) => i * 170_000 + i * i * 301),
  );

  it('of ordinary use are none', () => {
    expect(of(other, 14)).toEqual([]);
  });

  it('that does not depend on the events in doubt say no more than what they are', () => {
    const burst = usesAt(
      '2023-05-03 10:00:00',
      steps(12, 4 * MINUTE_S).map((s, i) => s + i * i),
    );
    expect(of([...burst, ...other], 14)).toEqual([
      {
        code: 'burst',
        severity: 'info',
        explanation: '使用集中於極短時間之大量操作。 Use is crowded into single hours.',
        figures: { burstEvents: 12, shareOfEvents: 46, bursts: 1, mostActsInAnHour: 12 },
      },
    ]);
  });

  it('of its counts are high, and of its own judged weeks alone', () => {
    // Mondays 04-17 to 05-08; the rest of the month lies in weeks that others judge.
    const weekly = steps(4, 1).flatMap((week) =>
      steps(11, 1).map((i) =>
        // The first of each week lies on its first instant.
        useEvent(
          at('2023-04-17') +
            (week * 7 + (i % 5)) * DAY_MS +
            (i === 0 ? 0 : (9 + i) * 2_917_000 + week * i * 977_000),
        ),
      ),
    );
    const rest = usesAt('2023-04-16 10:00:00', [0, 5_000]);
    const criteria = [
      {
        metric: 'interactions' as const,
        per: 'month' as const,
        atLeast: 46,
        in: null,
        cycles: [{ start: DAY, endExclusive: DAY, value: 46, met: true }],
        cyclesMet: 1,
        cyclesAsked: 1,
        met: true,
      },
    ];
    const use = monthUse([...rest, ...weekly], interactionsAMonth(46));
    const evidence = { use, criteria, marks, originals: [], justOverMonths: 3 };
    const found = findingsOfUse(evidence).filter((f) => /weeks|over/.test(f.code));
    expect(found).toEqual([
      {
        code: 'identical_weeks',
        severity: 'high',
        explanation: '每週使用數完全相同。 Every week has exactly the same number of uses.',
        figures: { weeks: 4, usesAWeek: 11 },
      },
      {
        code: 'just_over',
        severity: 'high',
        explanation:
          '連續數月之使用數均恰好略高於門檻。 Month after month ends just over the threshold.',
        figures: { monthsInARow: 3, value: 46, threshold: 46 },
      },
    ]);
  });
});

describe('the acts of a month', () => {
  it('are its seconds in order, with all events of each', () => {
    const late = useEvent('2023-05-03 10:00:01.999');
    const first = useEvent('2023-05-03 10:00:00.000');
    const again = useEvent('2023-05-03 10:00:00.999');
    expect(actsOf([late, first, again])).toEqual([
      { second: at('2023-05-03 10:00:00') / 1_000, events: [first, again] },
      { second: at('2023-05-03 10:00:01') / 1_000, events: [late] },
    ]);
  });

  it('begin as many full hours as have twelve acts from them on', () => {
    const starts = (seconds: readonly number[]) => burstStarts(Int32Array.from(seconds));
    expect(starts(steps(11, 60))).toBe(0);
    expect(starts(steps(12, 60))).toBe(1);
    expect(starts(steps(14, 60))).toBe(3);
    expect(starts([...steps(11, 60), HOUR_S - 1])).toBe(1);
    expect(starts([...steps(11, 60), HOUR_S])).toBe(0);
    expect(starts([])).toBe(0);
  });

  it('lie outside hours where 95 of 100 do, and there are ten', () => {
    const seconds = (count: number, from: string) =>
      steps(count, 1).map((s) => at(from) / 1_000 + s);
    const outside = (night: number, noon: number) =>
      isOutsideHours(
        Int32Array.from([
          ...seconds(night, '2023-05-03 23:00:00'),
          ...seconds(noon, '2023-05-04 12:00:00'),
        ]),
      );
    expect([outside(9, 0), outside(10, 0), outside(38, 2), outside(38, 3)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('a share', () => {
  it.each([
    [0, 0, 0],
    [1, 3, 33],
    [2, 3, 67],
    [1, 200, 1],
    [5, 5, 100],
  ])('of %d in %d is %d in a hundred', (part, whole, share) => {
    expect(percent(part, whole)).toBe(share);
  });
});
