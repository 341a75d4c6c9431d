import { describe, expect, it } from 'vitest';
import { type CountWindow, countWindows, flagsOf } from '../../core/countUse.ts';
import type { FirmUse } from '../../core/firmUse.ts';
import type { UsageCount } from '../../core/judge.ts';

const NAMES = ['login', 'create', 'print', 'fax', 'scan'];
const COUNTED = {
  interactions: ['create', 'print'],
  // The last asks for an action that is no interaction of the version.
  subsets: [['create'], ['print', 'create'], ['scan']],
};

/** One event: when it happened and was received, by whom, and what. */
type Row = readonly [atMs: number, receivedAtMs: number, person: number, action: string];

function count(rows: readonly Row[], ...windows: readonly CountWindow[]): UsageCount[] {
  const persons = rows.map(([, , person]) => person);
  const use: FirmUse = {
    smeId: '12345675',
    atMs: Float64Array.from(rows, ([atMs]) => atMs),
    receivedAtMs: Float64Array.from(rows, ([, receivedAtMs]) => receivedAtMs),
    actors: new Uint32Array(2 * rows.length),
    addresses: new Uint32Array(2 * rows.length),
    actions: Uint32Array.from(rows, ([, , , action]) => NAMES.indexOf(action) + 1),
    names: NAMES,
  };
  const people = {
    numbers: Int32Array.from(persons),
    count: Math.max(0, ...persons) + 1,
    firsts: new Int32Array(0),
  };
  return countWindows(use, people, flagsOf(COUNTED, NAMES), windows, COUNTED.subsets.length);
}

function window(startMs: number, endExclusiveMs: number, receivedBeforeMs = 1_000): CountWindow {
  return { startMs, endExclusiveMs, receivedBeforeMs };
}

describe('an action counts', () => {
  it('as login, as interaction and in each set that has it; one without a name in none', () => {
    expect([...flagsOf(COUNTED, NAMES)]).toEqual([0, 0b00001, 0b01110, 0b01010, 0, 0b10000]);
  });

  it('in as many sets as a rule has criteria, and no more are taken', () => {
    const sets = (length: number) => ({
      interactions: ['create'],
      subsets: Array.from({ length }, () => ['create']),
    });
    expect([...flagsOf(sets(16), ['create'])]).toEqual([0, 2 ** 18 - 2]);
    expect(() => flagsOf(sets(17), ['create'])).toThrow(
      new RangeError('more than 16 sets of interactions are asked for'),
    );
  });
});

describe('the counts of a window', () => {
  it('are of the events from its first instant on and before its end', () => {
    const rows: Row[] = [
      [99, 100, 0, 'login'],
      [100, 101, 0, 'login'],
      [199, 200, 0, 'login'],
      [200, 201, 0, 'login'],
    ];
    expect(count(rows, window(100, 200))[0]).toMatchObject({ logins: 2, events: 2 });
    expect(count(rows, window(100, 300))[0]).toMatchObject({ logins: 3, events: 3 });
    expect(count(rows, window(201, 300))[0]).toMatchObject({ logins: 0, events: 0 });
  });

  it('are of what was received before its limit; what comes later hides nothing behind it', () => {
    const rows: Row[] = [
      [100, 499, 0, 'login'],
      [101, 500, 0, 'login'],
      [102, 501, 0, 'login'],
      [103, 110, 0, 'login'],
    ];
    expect(count(rows, window(0, 200, 500))[0]).toMatchObject({ logins: 2, events: 2 });
  });

  it('are each action in its own counts, and one that no metric has in the events alone', () => {
    const rows: Row[] = [
      [1, 2, 0, 'login'],
      [2, 2, 0, 'create'],
      [3, 3, 0, 'create'],
      [4, 4, 1, 'print'],
      [5, 5, 2, 'fax'],
      [6, 6, 3, 'unknown'],
      [7, 7, 4, 'scan'],
    ];
    expect(count(rows, window(0, 10))).toEqual([
      { logins: 1, interactions: 3, activeUsers: 2, events: 7, subsets: [2, 3, 1] },
    ]);
  });

  it('have each person once a window, and again in every other', () => {
    const rows: Row[] = [
      [10, 11, 0, 'login'],
      [11, 12, 0, 'create'],
      [12, 13, 1, 'create'],
      [20, 21, 1, 'print'],
      [21, 22, 1, 'login'],
      [22, 23, 0, 'fax'],
    ];
    const asked = [window(0, 20), window(20, 30), window(0, 30), window(0, 30), window(30, 40)];
    expect(count(rows, ...asked).map((c) => [c.activeUsers, c.events])).toEqual([
      [2, 3],
      [1, 3],
      [2, 6],
      [2, 6],
      [0, 0],
    ]);
  });

  it('are zero where there is no use', () => {
    expect(count([], window(0, 10))).toEqual([
      { logins: 0, interactions: 0, activeUsers: 0, events: 0, subsets: [0, 0, 0] },
    ]);
  });
});
