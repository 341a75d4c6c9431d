import { CASE_PROGRAMME, endOfCheckpoint, periodOf } from './cases.ts';
import { contractOf, earlyEndOf, type Span } from './contract.ts';
import type { Metric } from './normalFlow.ts';
import type { CaseKind, Checkpoint, Tier } from './programmes/types.ts';
import type { Case, ProgrammeId, RegistryView } from './registry.ts';
import { type NormalFlowKept, normalFlowKept } from './rosterAverage.ts';
import type { CaseOrder, OrderFlow } from './rosterFlow.ts';
import { addDays, type CivilDate, formatInstant, startOfDay } from './time.ts';

/**
 * The flow roster of a case (企業流量清冊) [002 附件一]: firm by firm, with the total flow against its
 * target and what each checkpoint asks. Pure: the same facts give the same roster.
 */

/** One order of the case: a firm with one tool. */
export interface RosterFirm extends NormalFlowKept {
  readonly smeId: string;
  /** Null where the firm is not registered yet. */
  readonly name: string | null;
  readonly orderId: string;
  readonly vendorId: string;
  readonly solutionId: string;
  readonly solution: string;
  readonly contractStart: CivilDate;
  readonly contractEndExclusive: CivilDate;
  /** The first day without service where a termination or closure cut the contract. */
  readonly endedEarlyOn: CivilDate | null;
  /** Day of the first counted use inside the period (decision); null = none yet. */
  readonly introducedOn: CivilDate | null;
  /** By the last day for tools; null while it may still be. */
  readonly introducedInTime: boolean | null;
  /** Its part of the total flow, in the case's metric. */
  readonly flow: number;
}

export interface RosterCheckpoint {
  readonly date: CivilDate;
  /** The day is over at asOf; before, everything is so far. */
  readonly due: boolean;
  readonly askedPercent: number;
  readonly flow: number;
  readonly sharePercent: number;
  readonly shareReached: boolean;
  /** Firms whose contract has begun, of all in the roster. */
  readonly firmsBegun: number;
  readonly firms: number;
  /** Orders whose tool was used, of all in the roster. */
  readonly toolsIntroduced: number;
  readonly tools: number;
  /** Whether firms and tools must be complete here. */
  readonly asksAllIntroduced: boolean;
  readonly allIntroduced: boolean;
  /** Orders that keep their normal flow; null where this checkpoint does not ask for it. */
  readonly keeping: number | null;
  /** Everything that the checkpoint asks. */
  readonly reached: boolean;
  readonly source: string;
}

export interface Roster {
  readonly caseId: string;
  readonly programme: ProgrammeId;
  readonly rulesVersion: string;
  readonly name: string;
  readonly kind: CaseKind;
  /** RFC 3339, Taipei. */
  readonly asOf: string;
  readonly periodStart: CivilDate;
  /** The last day that counts. */
  readonly periodEnd: CivilDate;
  readonly firmCount: number;
  /** Null: fewer firms than any tier has. */
  readonly tier: Tier | null;
  readonly totalFlow: {
    readonly metric: Metric;
    readonly target: number;
    readonly flow: number;
    readonly sharePercent: number;
    readonly source: string;
  };
  readonly toolsBy: {
    readonly date: CivilDate;
    readonly introducedInTime: number;
    readonly tools: number;
    readonly source: string;
  };
  readonly checkpoints: readonly RosterCheckpoint[];
  readonly firms: readonly RosterFirm[];
  /** What the programme asks and the registry does not know. */
  readonly notChecked: readonly {
    readonly code: string;
    readonly detail: string;
    readonly source: string;
  }[];
}

export interface RosterFacts {
  readonly theCase: Case;
  /** By order id. */
  readonly orders: readonly CaseOrder[];
  readonly flowOf: (orderId: string) => OrderFlow;
  readonly registry: Pick<RegistryView, 'sme'>;
  readonly asOfMs: number;
}

export function rosterOf(facts: RosterFacts): Roster {
  const { theCase, orders, asOfMs } = facts;
  const { id, rulesVersion, cases: rules } = CASE_PROGRAMME;
  const { metric, count: target } = theCase.totalFlowTarget;
  const period = periodOf(theCase);
  const firms = orders.map((order) => firmOf(order, period, facts));
  const firmCount = new Set(firms.map((f) => f.smeId)).size;
  const flow = firms.reduce((sum, f) => sum + f.flow, 0);
  const tier = rules.tiers[theCase.kind].findLast((t) => firmCount >= t.firmsMin) ?? null;
  return {
    caseId: theCase.caseId,
    programme: id,
    rulesVersion,
    name: theCase.name,
    kind: theCase.kind,
    asOf: formatInstant(asOfMs),
    periodStart: period.start,
    periodEnd: addDays(period.endExclusive, -1),
    firmCount,
    tier,
    totalFlow: {
      metric,
      target,
      flow,
      sharePercent: percent(flow, target),
      source: rules.totalFlowSource,
    },
    toolsBy: {
      date: rules.toolsBy.value,
      introducedInTime: firms.filter((f) => f.introducedInTime === true).length,
      tools: firms.length,
      source: rules.toolsBy.source,
    },
    checkpoints: rules.checkpoints.map((c, stage) => checkpointOf(c, stage, firms, facts)),
    firms,
    notChecked: notChecked(theCase.kind),
  };
}

function firmOf(of: CaseOrder, period: Span, facts: RosterFacts): RosterFirm {
  const { order, solution } = of;
  const { smeId, orderId, vendorId, solutionId, contractStart } = order;
  const { stages, firstUsedOn } = facts.flowOf(orderId);
  const { metric } = facts.theCase.totalFlowTarget;
  return {
    smeId,
    name: facts.registry.sme(smeId)?.name ?? null,
    orderId,
    vendorId,
    solutionId,
    solution: solution.name,
    contractStart,
    contractEndExclusive: contractOf(order).endExclusive,
    endedEarlyOn: earlyEndOf(order),
    introducedOn: firstUsedOn,
    introducedInTime: inTime(firstUsedOn, facts.asOfMs),
    flow: stages.at(-1)?.[metric] ?? 0,
    ...normalFlowKept(of, period, facts.asOfMs),
  };
}

function inTime(introducedOn: CivilDate | null, asOfMs: number): boolean | null {
  const lastDay = CASE_PROGRAMME.cases.toolsBy.value;
  if (introducedOn !== null) return introducedOn <= lastDay;
  return startOfDay(addDays(lastDay, 1)) <= asOfMs ? false : null;
}

function checkpointOf(
  checkpoint: Checkpoint,
  stage: number,
  firms: readonly RosterFirm[],
  { flowOf, theCase, asOfMs }: RosterFacts,
): RosterCheckpoint {
  const {
    date,
    sharePercent: askedPercent,
    asksAllIntroduced,
    asksNormalFlow,
    source,
  } = checkpoint;
  const { metric, count: target } = theCase.totalFlowTarget;
  const flow = firms.reduce((sum, f) => sum + (flowOf(f.orderId).stages[stage]?.[metric] ?? 0), 0);
  const has = (day: CivilDate | null) => day !== null && day <= date && startOfDay(day) <= asOfMs;
  const begun = new Set(firms.filter((f) => has(f.contractStart)).map((f) => f.smeId));
  const known = new Set(firms.map((f) => f.smeId));
  const toolsIntroduced = firms.filter((f) => has(f.introducedOn)).length;
  const allIntroduced =
    firms.length > 0 && begun.size === known.size && toolsIntroduced === firms.length;
  const keeping = firms.filter((f) => f.keeps === true).length;
  const shareReached = flow * 100 >= target * askedPercent;
  return {
    date,
    due: startOfDay(endOfCheckpoint(checkpoint)) <= asOfMs,
    askedPercent,
    flow,
    sharePercent: percent(flow, target),
    shareReached,
    firmsBegun: begun.size,
    firms: known.size,
    toolsIntroduced,
    tools: firms.length,
    asksAllIntroduced,
    allIntroduced,
    keeping: asksNormalFlow ? keeping : null,
    reached:
      shareReached &&
      (!asksAllIntroduced || allIntroduced) &&
      (!asksNormalFlow || keeping === firms.length),
    source,
  };
}

function percent(flow: number, target: number): number {
  return (flow * 100) / target;
}

function notChecked(kind: CaseKind): Roster['notChecked'] {
  const { peopleMax, largerFirmsMax, checkpoints } = CASE_PROGRAMME.cases;
  const larger = largerFirmsMax[kind];
  const but = larger === 0 ? '' : `, but for ${larger} larger ones`;
  return [
    {
      code: 'firm_size',
      detail: `the registry holds no number of people: firms have at most ${peopleMax.value}${but}`,
      source: peopleMax.source,
    },
    {
      code: 'planned_firms',
      detail:
        'the registry holds no planned number of firms: complete is said of those in the roster',
      source: checkpoints[0]?.source ?? peopleMax.source,
    },
  ];
}
