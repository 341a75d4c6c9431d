import { describe, expect, it } from 'vitest';
import { findingsOfUse } from '../../../core/authenticity/find.ts';
import type { UseEvent } from '../../../core/authenticity/use.ts';
import { DAY_MS } from '../../../core/time.ts';
import { at } from '../../helpers/world.ts';
import {
  DAY_S,
  decided,
  interactionsAMonth,
  MINUTE_S,
  monthUse,
  steps,
  useEvent,
  usesAt,
} from './useInput.ts';

const NONE = { actors: new Map(), addresses: new Map() };

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
