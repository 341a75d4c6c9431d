import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FINDING_NAMES } from '../../core/authenticity/findingWords.ts';
import type { Explanation } from '../../core/explain.ts';
import { explanationText } from '../../core/explainText.ts';
import { civilDate } from '../../core/time.ts';
import { at } from '../helpers/world.ts';

const GRACE_END = at('2023-06-22');
const CONTEXT = {
  orderId: 'A-1',
  rule: { allOf: [{ metric: 'interactions' as const, per: 'month' as const, atLeast: 20 }] },
  isCut: false,
  graceEndMs: GRACE_END,
  countedUntilMs: GRACE_END,
  undeclared: 0,
};
const DIGEST = 'ab'.repeat(32);

function week(start: string, value: number, atLeast: number) {
  return {
    start: civilDate(start),
    endExclusive: civilDate(start),
    value,
    met: value >= atLeast,
    distance: Math.max(0, atLeast - value),
    rows: '',
    beyond: null,
  };
}

const MONTH: Omit<Explanation, 'text'> = {
  month: 2,
  start: civilDate('2023-05-15'),
  endExclusive: civilDate('2023-06-15'),
  state: 'short',
  claimable: false,
  totals: { logins: 3, interactions: 17, activeUsers: 2, events: 1_021 },
  criteria: [
    {
      metric: 'interactions',
      actions: null,
      per: 'month',
      atLeast: 20,
      in: null,
      cycles: [week('2023-05-15', 17, 20)],
      cyclesMet: 0,
      cyclesAsked: 1,
      met: false,
      cyclesMissing: 1,
      distance: 3,
    },
  ],
  excluded: [],
  findings: [],
  seal: null,
  review: null,
  rows: '',
};
const [MONTHLY] = MONTH.criteria;
if (MONTHLY === undefined) throw new Error('no criterion');
const say = (month: Partial<Omit<Explanation, 'text'>>, context = {}) =>
  explanationText({ ...MONTH, ...month }, { ...CONTEXT, ...context });

describe('an explanation in words', () => {
  it('says state, rule, use, distance, and that nothing was left out, sealed or reviewed', () => {
    expect(say({})).toEqual({
      zh:
        '訂單 A-1 第 2 期程月，2023-05-15（民國112年5月15日）至 2023-06-14（民國112年6月14日）：未達，不可核銷。' +
        '常態流量：每月互動 ≥ 20。' +
        '計入 2023-06-21（民國112年6月21日）前（含當日）收到的紀錄：登入 3 次、工作互動 17 次、使用人數 2 人、使用紀錄 1,021 筆。' +
        '本月工作互動數 17，門檻 20，還差 3 次。' +
        '沒有未計入的紀錄。查核發現：無。尚未封存。無審查。',
      en:
        'Month 2 of order A-1, 2023-05-15 to 2023-06-14: short, not claimable. ' +
        'Normal flow: interactions ≥ 20 a month. ' +
        'Of what was received to 2023-06-21 it counts 3 logins, 17 interactions, 2 active users and 1,021 events in all. ' +
        'Interactions of the month: 17 of 20, 3 more. ' +
        'Nothing was left out. No findings. Not sealed yet. No review.',
    });
  });

  it('names the weeks that failed, what was left out, the findings, the seal and the review', () => {
    const rule = {
      anyOf: [
        { metric: 'interactions' as const, actions: ['print'], per: 'week' as const, atLeast: 2 },
        { metric: 'activeUsers' as const, per: 'month' as const, atLeast: 3 },
      ],
    };
    const text = say(
      {
        state: 'held',
        claimable: true,
        criteria: [
          {
            ...MONTHLY,
            actions: ['print'],
            per: 'week',
            atLeast: 2,
            cycles: [week('2023-05-15', 2, 2), week('2023-05-22', 0, 2), week('2023-05-29', 1, 2)],
            cyclesMet: 1,
            cyclesAsked: 3,
            cyclesMissing: 2,
            distance: 3,
          },
          { ...MONTHLY, metric: 'activeUsers', atLeast: 2, met: true, distance: 0 },
        ],
        excluded: [
          { reason: 'role', count: 1_200, sample: ['a'], rows: '' },
          { reason: 'late', count: 2, sample: ['b'], rows: '' },
        ],
        findings: [{ code: 'burst', severity: 'high', explanation: 'A burst.', figures: {} }],
        seal: { revision: 2, sealedAt: '2023-07-01T00:00:00.000+08:00', digest: DIGEST },
        review: {
          decision: 'accept',
          by: 'k-7',
          reason: '已查核。',
          at: '2023-07-02T09:00:00.000+08:00',
        },
      },
      { rule, isCut: true, countedUntilMs: at('2023-07-01') },
    );
    expect(text).toEqual({
      zh:
        '訂單 A-1 第 2 期程月，2023-05-15（民國112年5月15日）至 2023-06-14（民國112年6月14日）：待審，可核銷。' +
        '常態流量：符合其一：每週指定互動 ≥ 2（print）；每月人數 ≥ 3。契約提前結束，本月依實際天數判定。' +
        '計入本月重開或先前封存所計期限（2023-07-01T00:00:00.000+08:00）前收到的紀錄：登入 3 次、工作互動 17 次、使用人數 2 人、使用紀錄 1,021 筆。' +
        '（1）每週工作互動數（print） ≥ 2：達標 1 週，須 3 週，還差 2 週，最少再 3 次；' +
        '未達的週：2023-05-22（民國112年5月22日）起 0、2023-05-29（民國112年5月29日）起 1。' +
        '（2）本月使用人數 17，門檻 2，達成。' +
        '未計入：非企業自身人員 1,200 筆、逾期收到 2 筆。查核發現：短時間大量操作（高）。' +
        `封存第 2 版，2023-07-01T00:00:00.000+08:00，摘要 ${DIGEST}。` +
        '審查通過，2023-07-02T09:00:00.000+08:00，審查金鑰 k-7，理由：已查核。',
      en:
        'Month 2 of order A-1, 2023-05-15 to 2023-06-14: held, claimable. ' +
        'Normal flow: any of: interactions (print) ≥ 2 a week; active users ≥ 3 a month. ' +
        'The contract ended early: the month is judged on the days it had. ' +
        'Of what was received before 2023-07-01T00:00:00.000+08:00, as a reopening or an earlier seal of the month admitted, it counts ' +
        '3 logins, 17 interactions, 2 active users and 1,021 events in all. ' +
        '(1) Interactions (print) ≥ 2 a week: 1 of 3 weeks, 2 weeks short, at least 3 more; ' +
        'below it: the week of 2023-05-22 0, the week of 2023-05-29 1. ' +
        '(2) Active users of the month: 17 of 2, met. ' +
        "Left out: 1,200 not by the firm's own people, 2 received too late. " +
        'Findings: Burst (high): A burst. ' +
        `Sealed as revision 2 at 2023-07-01T00:00:00.000+08:00, digest ${DIGEST}. ` +
        'Accepted at 2023-07-02T09:00:00.000+08:00 by key k-7: 已查核。',
    });
  });

  it.each([
    [
      '2023-06-08',
      '計入 2023-06-07（民國112年6月7日）前（含當日）收到',
      'received to 2023-06-07 it',
    ],
    [
      '2023-06-22',
      '計入本月重開或先前封存所計期限（2023-06-22T00:00:00.000+08:00）前收到',
      'received before 2023-06-22T00:00:00.000+08:00, as a reopening or an earlier seal of the month admitted, it',
    ],
  ])('says of a cut month by what it counts until %s', (day, zh, en) => {
    const cut = { isCut: true, graceEndMs: at('2023-06-08'), countedUntilMs: at(day) };
    const text = say({}, cut);
    expect(text.zh).toContain(zh);
    expect(text.en).toContain(en);
  });

  it('names seven days that failed and counts the rest', () => {
    const cycles = Array.from({ length: 10 }, (_, i) => week(`2023-05-${15 + i}`, 0, 1));
    const days = {
      ...MONTHLY,
      per: 'day' as const,
      atLeast: 1,
      cycles,
      cyclesAsked: 10,
      cyclesMissing: 10,
      distance: 10,
    };
    const { zh, en } = say({ criteria: [days] });
    expect(zh).toContain('2023-05-21（民國112年5月21日） 0 等 10 天。');
    expect(zh).not.toContain('2023-05-22（');
    expect(en).toContain('2023-05-21 0 and 3 more days.');
  });

  it('names all of seven days that failed, and counts none', () => {
    const cycles = Array.from({ length: 8 }, (_, i) =>
      week(`2023-05-${15 + i}`, i === 0 ? 1 : 0, 1),
    );
    const days = { ...MONTHLY, per: 'day' as const, atLeast: 1, cycles, cyclesAsked: 8 };
    const { zh, en } = say({
      criteria: [{ ...days, cyclesMet: 1, cyclesMissing: 7, distance: 7 }],
    });
    expect(zh).toContain(
      '每日工作互動數 ≥ 1：達標 1 天，須 8 天，還差 7 天，最少再 7 次；' +
        '未達的天：2023-05-16（民國112年5月16日） 0、2023-05-17（民國112年5月17日） 0、',
    );
    expect(zh).toContain('、2023-05-22（民國112年5月22日） 0。');
    expect(en).toContain('1 of 8 days, 7 days short, at least 7 more; below it: 2023-05-16 0, ');
    expect(en).toContain(', 2023-05-22 0. ');
  });

  it.each([
    ['logins', '每週登入次數 ≥ 2', '最少再 1 次', 'Logins ≥ 2 a week'],
    ['interactions', '每週工作互動數 ≥ 2', '最少再 1 次', 'Interactions ≥ 2 a week'],
    ['activeUsers', '每週使用人數 ≥ 2', '最少再 1 人', 'Active users ≥ 2 a week'],
  ] as const)('of one week that lacks one of the %s is in the singular', (metric, zh, lack, en) => {
    const cycles = [week('2023-05-15', 2, 2), week('2023-05-22', 1, 2)];
    const weekly = { ...MONTHLY, metric, per: 'week' as const, atLeast: 2, cycles, cyclesAsked: 2 };
    const text = say({ criteria: [{ ...weekly, cyclesMet: 1, cyclesMissing: 1, distance: 1 }] });
    expect(text.zh).toContain(
      `${zh}：達標 1 週，須 2 週，還差 1 週，${lack}；未達的週：2023-05-22（民國112年5月22日）起 1。`,
    );
    expect(text.en).toContain(
      `${en}: 1 of 2 weeks, 1 week short, at least 1 more; below it: the week of 2023-05-22 1. `,
    );
  });

  it('says of a criterion that is met which weeks lay below it, where any did', () => {
    const actions = ['print', 'scan'];
    const weekly = {
      ...MONTHLY,
      actions,
      per: 'week' as const,
      atLeast: 2,
      met: true,
      distance: 0,
    };
    const met = (...values: readonly [number, number]) => {
      const cycles = [week('2023-05-15', values[0], 2), week('2023-05-22', values[1], 2)];
      const cyclesMet = cycles.filter((c) => c.met).length;
      return say({
        criteria: [{ ...weekly, cycles, cyclesMet, cyclesAsked: 1, cyclesMissing: 0 }],
      });
    };
    expect(met(2, 2).zh).toContain('每週工作互動數（print、scan） ≥ 2：達標 2 週，須 1 週，達成。');
    expect(met(2, 2).en).toContain('Interactions (print, scan) ≥ 2 a week: 2 of 1 weeks, met. ');
    expect(met(2, 1).zh).toContain('須 1 週，達成；未達的週：2023-05-22（民國112年5月22日）起 1。');
    expect(met(2, 1).en).toContain('1 of 1 weeks, met; below it: the week of 2023-05-22 1. ');
  });

  it.each([
    [
      3,
      0,
      '；跨入鄰月之日：3 筆於該月計入而此處不計。',
      '; of days in a neighbouring month: 3 left out here but counted there. ',
    ],
    [
      0,
      1_200,
      '；跨入鄰月之日：1,200 筆於該月不計而此處計入。',
      '; of days in a neighbouring month: 1,200 counted here but not there. ',
    ],
    [
      3,
      1,
      '；跨入鄰月之日：3 筆於該月計入而此處不計、1 筆於該月不計而此處計入。',
      '; of days in a neighbouring month: 3 left out here but counted there, 1 counted here but not there. ',
    ],
  ])(
    'says of weeks beyond the month what they count otherwise: %d and %d',
    (left, added, zh, en) => {
      const days = { from: civilDate('2023-06-15'), to: civilDate('2023-06-18') };
      const beyond = {
        days,
        excluded: [
          { reason: 'action' as const, count: Math.min(left, 1), sample: [] },
          { reason: 'late' as const, count: Math.max(left - 1, 0), sample: [] },
        ],
        admitted: { count: added, sample: [] },
      };
      const cycles = [week('2023-06-05', 2, 2), { ...week('2023-06-12', 2, 2), beyond }];
      const weekly = { ...MONTHLY, per: 'week' as const, atLeast: 2, cycles, met: true };
      const text = say({ criteria: [weekly] });
      expect(text.zh).toContain(zh);
      expect(text.en).toContain(en);
    },
  );

  it('names each reason for which events were left out', () => {
    const reasons = ['outside', 'role', 'action', 'late', 'conflict'] as const;
    const excluded = reasons.map((reason, i) => ({ reason, count: i + 1, sample: [], rows: '' }));
    const { zh, en } = say({ excluded });
    expect(zh).toContain(
      '未計入：契約期間外 1 筆、非企業自身人員 2 筆、未申報的動作 3 筆、逾期收到 4 筆、' +
        '事件編號重複而內容不同 5 筆。',
    );
    expect(en).toContain(
      "Left out: 1 outside the contract, 2 not by the firm's own people, " +
        '3 of an action that the solution does not declare, 4 received too late, ' +
        '5 refused, as their id stood with other content. ',
    );
  });

  it('says who rejected a month, when and why', () => {
    const review = { decision: 'reject' as const, by: 'k-9', reason: '重複。', at: '2023-07-02' };
    const { zh, en } = say({ state: 'held', review });
    expect(zh).toMatch(/審查駁回，2023-07-02，審查金鑰 k-9，理由：重複。$/);
    expect(en).toMatch(/Rejected at 2023-07-02 by key k-9: 重複。$/);
  });

  it('says that a month has nothing to judge, and that a held one waits', () => {
    const none = { ...MONTHLY, per: 'week' as const, cycles: [], distance: null, cyclesMissing: 0 };
    const { zh, en } = say({ state: 'held', criteria: [none] });
    expect(zh).toContain('工作互動數：本月沒有可判定的週，未達成。');
    expect(en).toContain('Interactions: the month has no week to judge, not met.');
    const noDay = say({ state: 'short', criteria: [{ ...none, per: 'day' as const }] });
    expect(noDay.zh).toContain('工作互動數：本月沒有可判定的日，未達成。');
    expect(zh).toContain('等待人工審查。');
    expect(en).toMatch(/It waits for a review\.$/);
  });

  it('names each finding in Chinese words alone and in English words alone', () => {
    const bilingual =
      '使用序列相同，僅平移。扣除後未達。 The times are moved. Without them it is short.';
    const figures = {};
    const { zh, en } = say({
      findings: [
        { code: 'copied_stream', severity: 'high', explanation: bilingual, figures },
        { code: 'existing_customer', severity: 'low', explanation: '先前已訂購。', figures },
        { code: 'later_code', severity: 'info', explanation: 'Something.', figures },
      ],
    });
    expect(zh).toContain(
      '查核發現：序列雷同（高）：使用序列相同，僅平移。扣除後未達。' +
        '既有客戶（低）：先前已訂購。later_code（資訊）。尚未封存。',
    );
    expect(en).toContain(
      'Findings: Copied stream (high): The times are moved. Without them it is short. ' +
        'Existing customer (low). Later_code (info): Something. Not sealed yet.',
    );
    expect(en).not.toMatch(/[\p{Script=Han}。，：（）]/u);
    expect(zh).not.toMatch(/The times|copied_stream|existing_customer/);
  });

  it('has a name in both languages for every finding that the documentation lists', () => {
    const documented = readFileSync(new URL('../../docs/authenticity.md', import.meta.url), 'utf8');
    const codes = [...documented.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
    expect(new Set(Object.keys(FINDING_NAMES))).toEqual(new Set(codes));
    for (const { zh, en } of Object.values(FINDING_NAMES)) {
      expect(zh).toMatch(/^\p{Script=Han}+$/u);
      expect(en).toMatch(/^[a-z -]+$/);
    }
  });
});
