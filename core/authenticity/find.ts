import type { CriterionResult, Finding } from '../month.ts';
import { startOfDay } from '../time.ts';
import type { Words } from '../words.ts';
import { backDated } from './backDated.ts';
import { bursts } from './burst.ts';
import type { Original } from './copied.ts';
import { copiedStream } from './copiedStream.ts';
import { type CountDoubt, identicalWeeks, justOver } from './counts.ts';
import { type Doubt, percent } from './doubt.ts';
import { findingName } from './findingWords.ts';
import { futureDated } from './futureDated.ts';
import { outsideHours } from './hours.ts';
import { regularIntervals } from './regular.ts';
import { type SharedMarks, sharedActor, sharedAddress } from './shared.ts';
import { dependsOn, type MonthUse } from './use.ts';

/** All that is known of one met month. */
export interface MonthEvidence {
  readonly use: MonthUse;
  readonly criteria: readonly CriterionResult[];
  readonly marks: SharedMarks;
  readonly originals: readonly Original[];
  /** Months in a row, this one the last, that end just over the threshold. */
  readonly justOverMonths: number;
}

/**
 * The findings of a met month. One is `high` when the month meets its rule only by the events in
 * doubt, or by those of several findings together: what would be met without them is not held for
 * them.
 */
export function findingsOfUse(evidence: MonthEvidence): Finding[] {
  const { use, marks, originals } = evidence;
  const { events } = use;
  const doubts = [
    backDated(use),
    futureDated(events),
    regularIntervals(events),
    copiedStream(events, originals),
    bursts(events),
    sharedActor(events, marks),
    sharedAddress(events, marks),
    outsideHours(events),
  ].filter((doubt) => doubt !== null);
  const holding = holdingOf(doubts, use);
  const found = doubts.map((doubt) => findingOf(doubt, use, holding));
  const counted = [
    identicalWeeks(weeksOf(use), evidence.criteria),
    justOver(evidence.justOverMonths, evidence.criteria),
  ].flatMap((doubt) => (doubt === null ? [] : [countFinding(doubt)]));
  return [...found, ...counted];
}

/** The doubts that the month depends on: each alone, or else the fewest patterns together. */
function holdingOf(doubts: readonly Doubt[], use: MonthUse): readonly (readonly Doubt[])[] {
  const patterns = doubts.filter(isPattern);
  const alone = patterns.filter((doubt) => dependsOn(use, doubt.events));
  if (alone.length > 0) return alone.map((doubt) => [doubt]);
  const dependsOnAll = (of: readonly Doubt[]) =>
    dependsOn(use, new Set(of.flatMap((doubt) => [...doubt.events])));
  if (patterns.length < 2 || !dependsOnAll(patterns)) return [];
  const smallestFirst = [...patterns].sort((a, b) => a.events.size - b.events.size);
  return [
    smallestFirst.reduce((needed, doubt) => {
      const others = needed.filter((d) => d !== doubt);
      return dependsOnAll(others) ? others : needed;
    }, patterns),
  ];
}

function findingOf(doubt: Doubt, use: MonthUse, holding: readonly (readonly Doubt[])[]): Finding {
  const together = holding.find((of) => of.includes(doubt));
  const share = percent(doubt.events.size, use.events.length);
  const severity = together !== undefined ? 'high' : share >= 50 ? 'low' : 'info';
  const { zh, en } = together === undefined ? NOTHING : withoutWords(doubt, together);
  return {
    code: doubt.code,
    severity,
    explanation: `${doubt.zh}${zh} ${doubt.en}${en}`,
    figures: doubt.figures,
  };
}

const NOTHING: Words = { zh: '', en: '' };

/** What the month is without the events in doubt. */
function withoutWords(doubt: Doubt, together: readonly Doubt[]): Words {
  const others = together.filter((d) => d !== doubt).map(findingName);
  if (others.length === 0) {
    return { zh: '扣除後本月未達門檻。', en: ' Without these events the month is below its rule.' };
  }
  return {
    zh: `連同「${others.map((name) => name.zh).join('」、「')}」一併扣除後本月未達門檻。`,
    en: ` Without these events, together with those of ${others.map((name) => name.en).join(' and ')}, the month is below its rule.`,
  };
}

function isPattern({ patternFrom, events }: Doubt): boolean {
  return patternFrom !== null && events.size >= patternFrom;
}

function countFinding(doubt: CountDoubt): Finding {
  return {
    code: doubt.code,
    severity: 'high',
    explanation: `${doubt.zh} ${doubt.en}`,
    figures: doubt.figures,
  };
}

function weeksOf({ weeks, plan, events }: MonthUse): number[] {
  return weeks
    .filter((w) => w.judgedIn === plan.month.month)
    .map(({ counted }) => {
      const [from, to] = [startOfDay(counted.start), startOfDay(counted.endExclusive)];
      return events.filter((e) => e.atMs >= from && e.atMs < to).length;
    });
}
