import { findingName, findingWords } from './authenticity/findingWords.ts';
import type { ExplainedExclusion, SampledCount } from './exclusion.ts';
import type { ExplainedCriterion, Explanation } from './explain.ts';
import type { Finding, MonthDecision } from './month.ts';
import type { NormalFlow } from './normalFlow.ts';
import { bothDates } from './rocDate.ts';
import { addDays, type CivilDate, dateOf, formatInstant } from './time.ts';
import { formatCount, METRICS, PERS, ruleWords, STATE_WORDS, type Words } from './words.ts';

/** An explanation as one paragraph for a person, in Traditional Chinese and in English. */
export type ExplanationText = Words;

export interface TextContext {
  readonly orderId: string;
  readonly rule: NormalFlow;
  /** A closure or termination cut this month short. */
  readonly isCut: boolean;
  readonly graceEndMs: number;
  readonly countedUntilMs: number;
  /** Of the month's events those that no metric counts. */
  readonly undeclared: number;
}

export function explanationText(
  month: Omit<Explanation, 'text'>,
  context: TextContext,
): ExplanationText {
  const sentences = [
    stateOf(month, context),
    ruleOf(context),
    useOf(month, context),
    ...month.criteria.map((criterion, i) => criterionOf(criterion, i + 1, month.criteria.length)),
    excludedOf(month.excluded),
    findingsOf(month.findings),
    sealOf(month),
    reviewOf(month),
  ];
  return {
    zh: sentences.map((s) => s.zh).join(''),
    en: sentences.map((s) => s.en).join(' '),
  };
}

function stateOf(month: MonthDecision, { orderId }: TextContext): Words {
  const last = addDays(month.endExclusive, -1);
  const { zh, en } = STATE_WORDS[month.state];
  const claim = month.claimable
    ? { zh: '可核銷', en: 'claimable' }
    : { zh: '不可核銷', en: 'not claimable' };
  return {
    zh: `訂單 ${orderId} 第 ${month.month} 期程月，${bothDates(month.start)}至 ${bothDates(last)}：${zh}，${claim.zh}。`,
    en: `Month ${month.month} of order ${orderId}, ${month.start} to ${last}: ${en.toLowerCase()}, ${claim.en}.`,
  };
}

function ruleOf({ rule, isCut }: TextContext): Words {
  const words = ruleWords(rule);
  return {
    zh: `常態流量：${words.zh}。${isCut ? '契約提前結束，本月依實際天數判定。' : ''}`,
    en: `Normal flow: ${words.en}.${isCut ? ' The contract ended early: the month is judged on the days it had.' : ''}`,
  };
}

function useOf(month: MonthDecision, context: TextContext): Words {
  const { logins, interactions, activeUsers, events } = month.totals;
  const received = receivedOf(context);
  const of = undeclaredOf(context);
  return {
    zh:
      `計入${received.zh}收到的紀錄：` +
      `登入 ${formatCount(logins)} 次、工作互動 ${formatCount(interactions)} 次、` +
      `使用人數 ${formatCount(activeUsers)} 人、使用紀錄 ${formatCount(events)} 筆${of.zh}。`,
    en:
      `Of what was received ${received.en} it counts ` +
      `${formatCount(logins)} logins, ${formatCount(interactions)} interactions, ` +
      `${formatCount(activeUsers)} active users and ${formatCount(events)} events in all${of.en}.`,
  };
}

/** Beyond its grace: to a reopening; of a cut month also what the seal of a longer span counted. */
function receivedOf({ countedUntilMs, graceEndMs, isCut }: TextContext): Words {
  const last = dateOf(countedUntilMs - 1);
  if (countedUntilMs === graceEndMs) {
    return { zh: ` ${bothDates(last)}前（含當日）`, en: `to ${last}` };
  }
  const at = formatInstant(countedUntilMs);
  return isCut
    ? {
        zh: `本月重開或先前封存所計期限（${at}）前`,
        en: `before ${at}, as a reopening or an earlier seal of the month admitted,`,
      }
    : { zh: `重開前（${at}）`, en: `before the reopening (${at})` };
}

/** They are named as left out further on, of the metrics: the events in all have them. */
function undeclaredOf({ undeclared }: TextContext): Words {
  if (undeclared === 0) return { zh: '', en: '' };
  const count = formatCount(undeclared);
  return {
    zh: `（其中 ${count} 筆為未申報的動作，不計入任何指標）`,
    en: `, ${count} of them of undeclared actions, which no metric counts`,
  };
}

function criterionOf(criterion: ExplainedCriterion, number: number, of: number): Words {
  const words = criterion.per === 'month' ? monthlyOf(criterion) : cyclesOf(criterion);
  const lead = of === 1 ? { zh: '', en: '' } : { zh: `（${number}）`, en: `(${number}) ` };
  return { zh: `${lead.zh}${words.zh}`, en: `${lead.en}${words.en}` };
}

function monthlyOf(c: ExplainedCriterion): Words {
  const [value, asked] = [formatCount(c.cycles[0]?.value ?? 0), formatCount(c.atLeast)];
  const lack = lackOf(c);
  return {
    zh: `本月${nameZh(c)} ${value}，門檻 ${asked}，${c.met ? '達成' : `還差 ${lack.zh}`}。`,
    en: `${nameEn(c)} of the month: ${value} of ${asked}, ${c.met ? 'met' : `${lack.en} more`}.`,
  };
}

function cyclesOf(c: ExplainedCriterion): Words {
  const { unit, zh: per } = PERS[c.per];
  if (c.distance === null) {
    return {
      zh: `${nameZh(c)}：本月沒有可判定的${per}，未達成。`,
      en: `${nameEn(c)}: the month has no ${c.per} to judge, not met.`,
    };
  }
  const lack = lackOf(c);
  const missing = missingOf(c);
  const failed = failedOf(c);
  const beyond = beyondClause(c);
  return {
    zh:
      `${PERS[c.per].of}${nameZh(c)} ≥ ${formatCount(c.atLeast)}：達標 ${c.cyclesMet} ${unit}，須 ${c.cyclesAsked} ${unit}，` +
      `${c.met ? '達成' : `還差 ${missing.zh}，最少再 ${lack.zh}`}${failed.zh}${beyond.zh}。`,
    en:
      `${nameEn(c)} ≥ ${formatCount(c.atLeast)} a ${c.per}: ${c.cyclesMet} of ${c.cyclesAsked} ${c.per}s, ` +
      `${c.met ? 'met' : `${missing.en} short, at least ${lack.en} more`}${failed.en}${beyond.en}.`,
  };
}

function missingOf(c: ExplainedCriterion): Words {
  const { unit } = PERS[c.per];
  return {
    zh: `${c.cyclesMissing} ${unit}`,
    en: `${c.cyclesMissing} ${c.per}${c.cyclesMissing === 1 ? '' : 's'}`,
  };
}

/** A month of day cycles has up to 31: so many are named, the rest are counted. */
const CYCLES_NAMED_MAX = 7;

function failedOf(c: ExplainedCriterion): Words {
  const failed = c.cycles.filter((cycle) => !cycle.met);
  if (failed.length === 0) return { zh: '', en: '' };
  const named = failed.slice(0, CYCLES_NAMED_MAX);
  const left = failed.length - named.length;
  const { unit } = PERS[c.per];
  const from = c.per === 'week' ? '起' : '';
  const zh = named.map((f) => `${bothDates(f.start)}${from} ${formatCount(f.value)}`).join('、');
  const en = named.map((f) => `${datedEn(f.start, c)} ${formatCount(f.value)}`).join(', ');
  return {
    zh: `；未達的${unit}：${zh}${left === 0 ? '' : ` 等 ${failed.length} ${unit}`}`,
    en: `; below it: ${en}${left === 0 ? '' : ` and ${left} more ${c.per}s`}`,
  };
}

/** What its weeks count in the days of a neighbouring month otherwise than that month. */
function beyondClause(c: ExplainedCriterion): Words {
  const told = c.cycles.flatMap(({ beyond }) => beyond ?? []);
  const left = sumOf(told.flatMap(({ excluded }) => excluded));
  const added = sumOf(told.map(({ admitted }) => admitted));
  const parts = [
    { count: left, zh: '計入而此處不計', en: 'left out here but counted there' },
    { count: added, zh: '不計而此處計入', en: 'counted here but not there' },
  ].filter(({ count }) => count > 0);
  if (parts.length === 0) return { zh: '', en: '' };
  const zh = parts.map((p) => `${formatCount(p.count)} 筆於該月${p.zh}`).join('、');
  const en = parts.map((p) => `${formatCount(p.count)} ${p.en}`).join(', ');
  return { zh: `；跨入鄰月之日：${zh}`, en: `; of days in a neighbouring month: ${en}` };
}

function sumOf(groups: readonly SampledCount[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

function datedEn(start: CivilDate, c: ExplainedCriterion): string {
  return c.per === 'week' ? `the week of ${start}` : start;
}

function lackOf(c: ExplainedCriterion): Words {
  const n = formatCount(c.distance ?? 0);
  return { zh: `${n} ${c.metric === 'activeUsers' ? '人' : '次'}`, en: n };
}

function nameZh(c: ExplainedCriterion): string {
  const { zh } = METRICS[c.metric];
  return c.actions === null ? zh : `${zh}（${c.actions.join('、')}）`;
}

function nameEn(c: ExplainedCriterion): string {
  const { en } = METRICS[c.metric];
  const name = capital(en);
  return c.actions === null ? name : `${name} (${c.actions.join(', ')})`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

const REASONS: Record<ExplainedExclusion, Words> = {
  outside: { zh: '契約期間外', en: 'outside the contract' },
  role: { zh: '非企業自身人員', en: "not by the firm's own people" },
  action: { zh: '未申報的動作', en: 'of an action that the solution does not declare' },
  late: { zh: '逾期收到', en: 'received too late' },
  conflict: { zh: '事件編號重複而內容不同', en: 'refused, as their id stood with other content' },
};

function excludedOf(excluded: Explanation['excluded']): Words {
  if (excluded.length === 0) return { zh: '沒有未計入的紀錄。', en: 'Nothing was left out.' };
  const zh = excluded.map((g) => `${REASONS[g.reason].zh} ${formatCount(g.count)} 筆`).join('、');
  const en = excluded.map((g) => `${formatCount(g.count)} ${REASONS[g.reason].en}`).join(', ');
  return { zh: `未計入：${zh}。`, en: `Left out: ${en}.` };
}

const SEVERITIES: Record<Finding['severity'], Words> = {
  info: { zh: '資訊', en: 'info' },
  low: { zh: '低', en: 'low' },
  high: { zh: '高', en: 'high' },
};

function findingsOf(findings: readonly Finding[]): Words {
  if (findings.length === 0) return { zh: '查核發現：無。', en: 'No findings.' };
  return {
    zh: `查核發現：${findings.map((f) => findingOf(f).zh).join('')}`,
    en: `Findings: ${findings.map((f) => findingOf(f).en).join(' ')}`,
  };
}

function findingOf(finding: Finding): Words {
  const severity = SEVERITIES[finding.severity];
  const name = findingName(finding);
  const words = findingWords(finding);
  return {
    zh: `${name.zh}（${severity.zh}）${words.zh === '' ? '。' : `：${words.zh}`}`,
    en: `${capital(name.en)} (${severity.en})${words.en === '' ? '.' : `: ${words.en}`}`,
  };
}

function sealOf({ seal }: MonthDecision): Words {
  if (seal === null) return { zh: '尚未封存。', en: 'Not sealed yet.' };
  const { revision, sealedAt, digest } = seal;
  return {
    zh: `封存第 ${revision} 版，${sealedAt}，摘要 ${digest}。`,
    en: `Sealed as revision ${revision} at ${sealedAt}, digest ${digest}.`,
  };
}

function reviewOf({ state, review }: MonthDecision): Words {
  if (review === null) {
    return state === 'held'
      ? { zh: '等待人工審查。', en: 'It waits for a review.' }
      : { zh: '無審查。', en: 'No review.' };
  }
  const { decision, by, at, reason } = review;
  const accepted = decision === 'accept';
  return {
    zh: `審查${accepted ? '通過' : '駁回'}，${at}，審查金鑰 ${by}，理由：${reason}`,
    en: `${accepted ? 'Accepted' : 'Rejected'} at ${at} by key ${by}: ${reason}`,
  };
}
