import type { CriterionResult, Finding } from '../month.ts';
import { startOfDay } from '../time.ts';
import { backDated } from './backDated.ts';
import { bursts } from './burst.ts';
import { copiedStream, type Original } from './copied.ts';
import { type CountDoubt, identicalWeeks, justOver } from './counts.ts';
import { type Doubt, percent } from './doubt.ts';
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
 * doubt: what would be met without them is not held for them.
 */
export function findingsOfUse(evidence: MonthEvidence): Finding[] {
  const { use, marks, originals } = evidence;
  const { events } = use;
  const found = [
    backDated(use),
    futureDated(events),
    regularIntervals(events),
    copiedStream(events, originals),
    bursts(events),
    sharedActor(events, marks),
    sharedAddress(events, marks),
    outsideHours(events),
  ].flatMap((doubt) => (doubt === null ? [] : [findingOf(doubt, use)]));
  const counted = [
    identicalWeeks(weeksOf(use), evidence.criteria),
    justOver(evidence.justOverMonths, evidence.criteria),
  ].flatMap((doubt) => (doubt === null ? [] : [countFinding(doubt)]));
  return [...found, ...counted];
}

function findingOf(doubt: Doubt, use: MonthUse): Finding {
  const high = isPattern(doubt) && dependsOn(use, doubt.events);
  const share = percent(doubt.events.size, use.events.length);
  const severity = high ? 'high' : share >= 50 ? 'low' : 'info';
  const zh = high ? '扣除後本月未達門檻。' : '';
  const en = high ? ' Without these events the month is below its rule.' : '';
  return {
    code: doubt.code,
    severity,
    explanation: `${doubt.zh}${zh} ${doubt.en}${en}`,
    figures: doubt.figures,
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
