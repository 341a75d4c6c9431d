import { describe, expect, it } from 'vitest';
import type { Original } from '../../../core/authenticity/copied.ts';
import { findingsOfUse } from '../../../core/authenticity/find.ts';
import type { UseEvent } from '../../../core/authenticity/use.ts';
import { DAY_MS } from '../../../core/time.ts';
import { humanTimes } from '../../authenticity/fabricate.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';
import { at } from '../../helpers/world.ts';
import {
  DAY_S,
  decided,
  interactionsAMonth,
  MINUTE_S,
  markOf,
  monthUse,
  steps,
  useEvent,
  usesAt,
} from './useInput.ts';

const NONE = { actors: new Map(), addresses: new Map() };

const SPAN = { startMs: at('2023-04-15'), endExclusiveMs: at('2023-05-15') };

function found(events: readonly UseEvent[], atLeast: number): string[] {
  const use = monthUse(events, interactionsAMonth(atLeast));
  const evidence = { use, criteria: [], marks: NONE, originals: [], justOverMonths: 0 };
  return findingsOfUse(evidence).map((f) => `${f.code} ${f.severity}`);
}

/** Twelve acts within an hour. */
const BURST = usesAt(
  '2023-05-03 10:00:00',
  steps(12, 4 * MINUTE_S).map((s, i) => s + i * i),
);
/** One act every other day or so, at no time of day. */
const OTHER = usesAt(
  '2023-04-16 08:00:00',
  steps(14, 1).map((i) => i * 170_000 + i * i * 301),
);

describe('a finding holds a month', () => {
  it('that meets its rule by the events in doubt alone, and by not one event less (I-137)', () => {
    expect(found([...BURST, ...OTHER], 15)).toContain('burst high');
    expect(found([...BURST, ...OTHER], 14)).toContain('burst info');
    expect(found([...BURST, ...OTHER.slice(0, 12)], 12)).toContain('burst low');
  });

  it('from eight events in doubt on', () => {
    const late = (count: number) =>
      steps(count, 1).map((i) =>
        useEvent(at('2023-05-01 10:00:00') + (i % 4) * DAY_MS + i * i * 1_000_000, {
          receivedAtMs: at('2023-05-16'),
        }),
      );
    expect(found(late(7), 7)).toContain('back_dated low');
    expect(found(late(8), 8)).toContain('back_dated high');
  });

  it('never for the hour of the day or a clock that is ahead', () => {
    const night = OTHER.map((e, i) => {
      const atMs = at('2023-04-17 23:00:00') + i * DAY_MS + ((i * i * 97) % 3_000) * 1_000;
      return { ...e, atMs, receivedAtMs: atMs - 61_000 };
    });
    const codes = found(night, 14);
    expect(codes).toContain('outside_hours low');
    expect(codes).toContain('future_dated low');
  });

  it('whose weekly criterion counts the same in every week, whatever else is done in one', () => {
    const weekly = { allOf: [{ metric: 'interactions', per: 'week', atLeast: 12 }] } as const;
    const even = steps(4, 7 * DAY_S).flatMap((week) =>
      usesAt(
        '2023-04-17 08:00:00',
        steps(12, 1).map((i) => week + i * 40_000 + ((i * i * 977 + week) % 9_000)),
      ),
    );
    const login = useEvent('2023-04-26 12:00:00', { action: 'login' });
    const use = monthUse([...even, login], { allOf: [...weekly.allOf] });
    const evidence = { marks: NONE, originals: [], justOverMonths: 0 };
    const findings = findingsOfUse({ use, criteria: decided(use).criteria, ...evidence });
    expect(findings).toMatchObject([{ code: 'identical_weeks', severity: 'high' }]);
  });

  it('says in both languages what the month is without the events', () => {
    const use = monthUse(BURST, interactionsAMonth(12));
    const evidence = { use, criteria: [], marks: NONE, originals: [], justOverMonths: 0 };
    const burst = findingsOfUse(evidence).find((f) => f.code === 'burst');
    expect(burst?.explanation).toMatch(/扣除後本月未達門檻/);
    expect(burst?.explanation).toMatch(/Without these events the month is below its rule/);
  });
});

describe('findings of which none holds the month by itself', () => {
  const CLERK = '7';
  const marks = { actors: new Map([[CLERK, markOf(3, 30)]]), addresses: new Map() };
  const human = (seed: number, count: number, fields: Partial<UseEvent> = {}) =>
    humanTimes(seededRandom(seed), count, SPAN).map((t) => useEvent(t, fields));
  const findings = (
    events: readonly UseEvent[],
    atLeast: number,
    originals: readonly Original[] = [],
  ) => {
    const use = monthUse(events, interactionsAMonth(atLeast));
    return findingsOfUse({ use, criteria: [], marks, originals, justOverMonths: 0 });
  };
  const high = (...of: Parameters<typeof findings>) =>
    findings(...of)
      .filter((f) => f.severity === 'high')
      .map((f) => f.code);
  /** Four hours of thirteen acts. */
  const hour = [0, 40, 310, 350, 700, 1_430, 1_475, 1_560, 2_210, 2_290, 2_900, 2_990, 3_400];
  const bursts = steps(4, DAY_S).flatMap((day, i) =>
    usesAt(
      '2023-04-18 10:00:00',
      hour.map((s, j) => day + s + ((j * j * 13 + i * 29) % 60)),
    ),
  );
  const shared = human(8, 50, { actor: CLERK });

  it('hold it together where it is met by their events together alone (I-185)', () => {
    expect(high([...bursts, ...shared], 40)).toEqual(['burst', 'shared_actor']);
    // Met by either alone: without both nothing is left.
    expect(high(bursts, 40)).toEqual(['burst']);
    expect(high(shared, 40)).toEqual(['shared_actor']);
    // The rest meets the rule.
    expect(high([...bursts, ...shared, ...human(9, 40)], 40)).toEqual([]);
  });

  it('name each other in both languages', () => {
    const [burst] = findings([...bursts, ...shared], 40).filter((f) => f.code === 'burst');
    expect(burst?.explanation).toMatch(/連同「跨企業共用帳號」一併扣除後本月未達門檻。/);
    expect(burst?.explanation).toMatch(
      /Without these events, together with those of shared actor, the month is below its rule/,
    );
  });

  it('are not among those that hold it where it depends on the others alone', () => {
    const late = human(10, 12).map((e) => ({ ...e, receivedAtMs: at('2023-05-20') }));
    const events = [...bursts, ...shared, ...late, ...human(11, 30)];
    expect(findings(events, 40).map((f) => f.code)).toContain('back_dated');
    expect(high(events, 43)).toEqual(['burst', 'shared_actor']);
  });

  it('hold it where copies of several firms, or several of one, are put together (I-185)', () => {
    const original = (seed: number) => ({ smeId: String(10_000_000 + seed), use: human(seed, 34) });
    const three = [21, 22, 23].map(original);
    const originals = three.map(({ smeId, use }) => ({
      smeId,
      acts: use.map(({ atMs }) => ({
        second: Math.floor(atMs / 1_000),
        receivedAtMs: 0,
        actions: ['create'],
      })),
    }));
    const copies = three.flatMap(({ use, smeId }) => use.map((e) => ({ ...e, actor: smeId })));
    expect(high(copies, 30, originals)).toEqual(['copied_stream']);
    const [{ use = [] } = {}] = three;
    const twice = [-2 * DAY_S, 3 * DAY_S + 1_234].flatMap((moved) =>
      use.map((e) => useEvent(e.atMs + moved * 1_000, { actor: String(e.atMs) })),
    );
    const within = twice.filter((e) => e.atMs >= SPAN.startMs && e.atMs < SPAN.endExclusiveMs);
    expect(high(within, 30, originals)).toEqual(['copied_stream']);
  });

  it('hold it where several timers of one person are put together (I-185)', () => {
    const timers = [17, 23, 41].flatMap((minutes, i) =>
      steps(5, 1).flatMap((day) =>
        usesAt(
          '2023-04-18 09:00:00',
          steps(6, minutes * MINUTE_S).map((s) => s + (day * 5 + i) * DAY_S + i * 400 + day * 977),
        ),
      ),
    );
    expect(high(timers, 40)).toEqual(['regular_intervals']);
  });
});
