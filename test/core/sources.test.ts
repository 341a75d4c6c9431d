import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DISORDER_MS,
  missingOf,
  type Sequence,
  type Stretch,
  sequenceOf,
} from '../../core/sources.ts';

/** One event of a source: its number, and how long after the one before it happened. */
interface Sent {
  readonly seq: number;
  readonly occurredMs: number;
  readonly receivedMs: number;
}

/** Cut where a number is not one more than the last, as the store does. */
function stretchesOf(events: readonly Sent[]): Stretch[] {
  const cut: Sent[][] = [];
  for (const event of events) {
    const current = cut.at(-1);
    if (current !== undefined && current.at(-1)?.seq === event.seq - 1) current.push(event);
    else cut.push([event]);
  }
  return cut.flatMap((stretch) => {
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (first === undefined || last === undefined) return [];
    return {
      fromSeq: first.seq,
      toSeq: last.seq,
      firstReceivedMs: first.receivedMs,
      lastReceivedMs: last.receivedMs,
      firstOccurredMs: first.occurredMs,
      lastOccurredMs: last.occurredMs,
    };
  });
}

/** Events by their numbers, one after another; each happened so long after the first. */
function sent(numbers: readonly (number | readonly [seq: number, occurredS: number])[]): Sent[] {
  return numbers.map((entry, i) => {
    const [seq, occurredS] = typeof entry === 'number' ? [entry, i * 10] : entry;
    return { seq, occurredMs: occurredS * 1_000, receivedMs: 1_000_000 + i };
  });
}
function judged(numbers: Parameters<typeof sent>[0]): Sequence {
  const sequence = sequenceOf(stretchesOf(sent(numbers)));
  if (sequence === null) throw new Error('there is no event');
  return sequence;
}
const gapsOf = (sequence: Sequence) =>
  sequence.gaps.map(({ run, fromSeq, toSeq }) => [run, fromSeq, toSeq]);

describe('the numbers of a source', () => {
  it.each<[string, Parameters<typeof sent>[0], number[][], number, number]>([
    ['one event', [7], [], 1, 0],
    ['all of them', [0, 1, 2, 3], [], 1, 0],
    ['what lies before the first is not missing', [5, 6], [], 1, 0],
    ['one is missing', [0, 1, 3], [[1, 2, 2]], 1, 0],
    [
      'some are missing, twice',
      [0, 3, 4, 9],
      [
        [1, 1, 2],
        [1, 5, 8],
      ],
      1,
      0,
    ],
    ['one came late and fills its gap', [0, 2, [1, 5], 3], [], 1, 0],
    ['one came very late, with the time at which it was sent', [0, 2, 3, [1, 90]], [], 1, 0],
    [
      'a whole batch came before the one ahead of it',
      [[3, 30], [4, 40], [0, 0], [1, 10], [2, 20], 5],
      [],
      1,
      0,
    ],
    ['threads that stamp in another order', [[1, 10], [0, 10.5], 2], [], 1, 0],
    ['the sender began anew', [0, 1, 2, 0, 1], [], 2, 0],
    ['and what was missing before stays missing', [0, 1, 3, 0, 1, 2, 3], [[1, 2, 2]], 2, 0],
    ['anew below where it had begun', [5, 6, 7, 0, 1], [], 2, 0],
    ['anew, and the first is lost', [0, 1, 2, 1, 2], [], 2, 0],
    ['a number twice at one time', [0, 1, [1, 10], 2], [], 1, 1],
    ['numbers sent again that happened before', [0, 1, 2, 3, [1, 10], [2, 20], 4], [], 1, 2],
  ])('%s', (_, numbers, gaps, runs, duplicates) => {
    const sequence = judged(numbers);
    expect([gapsOf(sequence), sequence.runs, sequence.duplicates]).toEqual([
      gaps,
      runs,
      duplicates,
    ]);
    expect(sequence.resets).toHaveLength(runs - 1);
  });

  it('are none where there is no event', () => {
    expect(sequenceOf([])).toBeNull();
  });

  it('begin anew only after longer than threads are in disorder', () => {
    const runsAt = (laterMs: number) =>
      judged([
        [5, 100],
        [5, 100 + laterMs / 1_000],
      ]).runs;
    expect([runsAt(DISORDER_MS), runsAt(DISORDER_MS + 1)]).toEqual([1, 2]);
  });

  it('say when the numbers around a gap were received, and where a run begins', () => {
    const sequence = judged([0, 1, 4, 0]);
    expect(sequence).toMatchObject({ firstSeq: 0, lastSeq: 0 });
    expect(sequence.gaps).toEqual([
      { run: 1, fromSeq: 2, toSeq: 3, belowReceivedMs: 1_000_001, aboveReceivedMs: 1_000_002 },
    ]);
    expect(sequence.resets).toEqual([{ run: 2, fromSeq: 4, toSeq: 0, receivedAtMs: 1_000_003 }]);
  });

  it('are missing exactly where a healthy log lacks them, however it was cut and reordered (I-118)', () => {
    const healthy = fc.record({
      runs: fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1, maxLength: 4 }),
      removed: fc.array(fc.nat(200), { maxLength: 12 }),
      swapped: fc.array(fc.nat(200), { maxLength: 8 }),
    });
    fc.assert(
      fc.property(healthy, ({ runs, removed, swapped }) => {
        const whole = runs.flatMap((length, run) =>
          Array.from({ length }, (_, seq) => ({
            run,
            seq,
            isEdge: seq === 0 || seq === length - 1,
          })),
        );
        const lost = new Set(removed.filter((i) => whole[i]?.isEdge === false));
        const kept = whole.flatMap((event, i) => (lost.has(i) ? [] : [{ ...event, at: i }]));
        // Neighbours of one run change places on their way, but for the first.
        for (const i of swapped) {
          const [a, b] = [kept[i], kept[i + 1]];
          if (a === undefined || b === undefined || a.run !== b.run || a.seq === 0) continue;
          [kept[i], kept[i + 1]] = [b, a];
        }
        const events = kept.map(({ seq, at }, i) => ({
          seq,
          occurredMs: at * 2_000,
          receivedMs: i,
        }));
        const sequence = sequenceOf(stretchesOf(events));
        const missing = (sequence?.gaps ?? []).flatMap(({ run, fromSeq, toSeq }) =>
          Array.from({ length: toSeq - fromSeq + 1 }, (_, i) => `${run - 1} ${fromSeq + i}`),
        );
        const expected = whole.filter((_, i) => lost.has(i)).map(({ run, seq }) => `${run} ${seq}`);
        expect(missing).toEqual(expected);
        expect([sequence?.runs, sequence?.duplicates]).toEqual([runs.length, 0]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('agree with a recount number by number, for any events in any order', () => {
    const event = fc.tuple(fc.nat(12), fc.nat(40));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (numbers) => {
        const events = sent(numbers);
        const sequence = sequenceOf(stretchesOf(events));
        expect(sequence).toEqual(recount(stretchesOf(events)));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The rule again, slowly: every number of a run in a map of when it was received. */
function recount(stretches: readonly Stretch[]): Sequence {
  const runs: { received: Map<number, number>; topOccurredMs: number }[] = [];
  const resets: Sequence['resets'][number][] = [];
  let duplicates = 0;
  const top = (run: (typeof runs)[number]) => Math.max(...run.received.keys());
  const bottom = (run: (typeof runs)[number]) => Math.min(...run.received.keys());
  for (const s of stretches) {
    let run = runs.at(-1);
    const isUnseen = run !== undefined && s.fromSeq > bottom(run) && !run.received.has(s.fromSeq);
    const isLater = run !== undefined && s.firstOccurredMs > run.topOccurredMs + DISORDER_MS;
    if (run === undefined || (s.fromSeq <= top(run) && !isUnseen && isLater)) {
      if (run !== undefined) {
        const reset = { fromSeq: top(run), toSeq: s.fromSeq, receivedAtMs: s.firstReceivedMs };
        resets.push({ run: runs.length + 1, ...reset });
      }
      run = { received: new Map(), topOccurredMs: s.lastOccurredMs };
      runs.push(run);
    } else if (s.toSeq > top(run)) run.topOccurredMs = s.lastOccurredMs;
    for (let seq = s.fromSeq; seq <= s.toSeq; seq += 1) {
      if (run.received.has(seq)) duplicates += 1;
      else run.received.set(seq, s.firstReceivedMs + seq - s.fromSeq);
    }
  }
  const gaps = runs.flatMap((run, i) => {
    const numbers = [...run.received.keys()].sort((a, b) => a - b);
    return numbers.slice(1).flatMap((above, j) => {
      const below = numbers[j] ?? above;
      if (above === below + 1) return [];
      const belowReceivedMs = run.received.get(below) ?? Number.NaN;
      const aboveReceivedMs = run.received.get(above) ?? Number.NaN;
      const span = { fromSeq: below + 1, toSeq: above - 1, belowReceivedMs, aboveReceivedMs };
      return [{ run: i + 1, ...span }];
    });
  });
  const [first, last] = [runs[0], runs.at(-1)];
  const firstSeq = first === undefined ? Number.NaN : bottom(first);
  const lastSeq = last === undefined ? Number.NaN : top(last);
  return { runs: runs.length, firstSeq, lastSeq, duplicates, gaps, resets };
}

describe('what is missing', () => {
  const gap = (fromSeq: number, toSeq: number) => ({
    run: 1,
    fromSeq,
    toSeq,
    belowReceivedMs: 0,
    aboveReceivedMs: 0,
  });

  it.each([
    [[], 4, 0, 1],
    [[3, 8], 4, 0, 1],
    [[4], 3, 1, 1],
    [[4, 7], 2, 2, 1],
    [[4, 5, 6, 7], 0, 4, 0],
  ])('is not what came with a refused event: %j of 4 to 7', (refused, missing, count, gaps) => {
    const found = missingOf([gap(4, 7)], refused, 10);
    expect(found).toMatchObject({ missing, refused: count, gapsTotal: gaps });
    expect(found.gaps).toHaveLength(gaps);
  });

  it('is listed by its largest gaps, in their order, and counted whole', () => {
    const found = missingOf([gap(1, 1), gap(3, 9), gap(11, 11), gap(20, 22)], [], 2);
    expect(found.gaps.map(({ fromSeq }) => fromSeq)).toEqual([3, 20]);
    expect([found.gapsTotal, found.missing]).toEqual([4, 12]);
  });
});
