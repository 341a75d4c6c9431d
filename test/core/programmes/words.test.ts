import { describe, expect, it } from 'vitest';
import type { Claim, ClaimReasonCode } from '../../../core/claim.ts';
import { coprosperity2023 } from '../../../core/programmes/coprosperity2023.ts';
import { programmeOf } from '../../../core/programmes/index.ts';
import { industry2022, industry2022With } from '../../../core/programmes/industry2022.ts';
import {
  failed,
  monthsNotClaimable,
  vendorCeiling,
  windowClosed,
} from '../../../core/programmes/reasons.ts';
import { standingOf } from '../../../core/programmes/standing.ts';
import { tcloud2023, tcloud2023With } from '../../../core/programmes/tcloud2023.ts';
import type { Programme } from '../../../core/programmes/types.ts';
import type { ProgrammeId } from '../../../core/registry.ts';
import { civilDate } from '../../../core/time.ts';
import { anOrder, claimInput, closedOn, drawn, terminatedOn } from './claimInput.ts';

/** An answer as it is read: every reason and every step with its clause, word for word. */

type Given = Parameters<typeof claimInput>[0];

function claim(given: Given, programme: Pick<Programme, 'claim'> = tcloud2023): Claim {
  if (programme.claim === null) throw new Error('the programme pays per order');
  return programme.claim(claimInput(given));
}

function reasons({ reasons: listed }: Claim): string[] {
  return listed.map((r) => `${r.code} [${r.source}] ${r.detail}`);
}

function steps({ steps: all }: Claim): string[] {
  return all.map((s) => `${s.value} [${s.source}] ${s.label}`);
}

describe('the first instalment', () => {
  it('says each step of its arithmetic', () => {
    expect(steps(claim({ asOf: '2023-05-01', months: 'mmm' }))).toEqual([
      '7001 [000 二(一)] points of the order',
      '1400 [000 八(六)1] first instalment: 20% of the points, rounded down',
      '0 [000 八(六)1] drawn before',
      '1400 [000 八(六)1] amount: the first instalment where eligible',
    ]);
    const again = claim({ asOf: '2023-05-01', months: 'mmm', statements: [drawn(1_400)] });
    expect(steps(again).slice(2)).toEqual([
      '1400 [000 八(六)1] drawn before',
      '0 [000 八(六)1] amount: the first instalment where eligible',
    ]);
    expect(reasons(again)).toEqual([
      'already_drawn [000 八(六)1] this or a later instalment is drawn',
    ]);
  });

  it('names every rule that failed, in the order of the list', () => {
    const order = anOrder({ attachments: [] });
    const at = { order, asOf: '2023-04-09', months: 'rs', statements: [drawn(1_400)] };
    expect(reasons(claim(at))).toEqual([
      'too_early [000 八(六)1] may be claimed from 2023-04-10',
      'months_not_claimable [000 八(六)1] 3 of the first 3 months must be claimable: month 1 is rejected, month 2 is short, month 3 is open',
      'attachment_missing [000 八(六)1] missing: self-payment',
      'already_drawn [000 八(六)1] this or a later instalment is drawn',
    ]);
  });

  it('waits for a review of the third month, not of the fourth', () => {
    expect(reasons(claim({ asOf: '2023-08-01', months: 'mmhhmm' }))).toEqual([
      'months_not_claimable [000 八(六)1] 3 of the first 3 months must be claimable: month 3 is held',
      'months_held [000 八(七)1] months that wait for a review: 3',
    ]);
  });
});

describe('the second instalment', () => {
  const second = { instalment: 2, asOf: '2023-07-20' } as const;

  it.each([
    [
      'mmmm--',
      4,
      'points earned: points × claimable months ÷ contract months, rounded down',
      4_667,
    ],
    ['mmm---', 3, 'points earned: none, too few claimable months', 0],
  ])('says each step of its arithmetic for %s', (months, count, label, earned) => {
    const answer = claim({ ...second, months, statements: [drawn(1_400)] });
    expect(steps(answer)).toEqual([
      '7001 [000 二(一)] points of the order',
      `${count} [000 八(六)2] claimable months`,
      '6 [000 八(六)2] contract months, the divisor',
      '4 [000 八(六)2] fewest claimable months that earn',
      `${earned} [000 八(六)2] ${label}`,
      '1400 [000 八(六)1] drawn before',
      `${earned - 1_400} [000 八(六)1] amount: points earned less drawn before`,
    ]);
  });

  it('names every rule that failed, in the order of the list', () => {
    const order = anOrder({ attachments: [] });
    const given = { ...second, order, months: 'mm--hh', statements: [drawn(1_400)] };
    expect(reasons(claim({ ...given, asOf: '2023-07-09' }))[0]).toBe(
      'too_early [000 八(六)1] may be claimed from 2023-07-10',
    );
    expect(reasons(claim({ ...given, asOf: '2023-07-16' }))).toEqual([
      'months_pending [000 八(六)2] months inside their grace for late events: 6',
      'months_held [000 八(七)1] months that wait for a review: 5',
      'attachment_missing [000 八(六)1] missing: performance',
      'below_minimum_months [000 八(六)2] 2 claimable months, at least 4 are asked',
    ]);
    expect(reasons(claim({ ...given, asOf: '2023-08-09' }))).toEqual([
      'months_held [000 八(七)1] months that wait for a review: 5, 6',
      'window_closed [000 八(六)1] could be claimed to 2023-08-08',
      'attachment_missing [000 八(六)1] missing: performance',
      'below_minimum_months [000 八(六)2] 2 claimable months, at least 4 are asked',
    ]);
  });

  it('says that nothing is left, and where the ceiling of the vendor lies', () => {
    const all = { ...second, months: 'mmmmmm' };
    const done = claim({ ...all, statements: [drawn(1_400), drawn(5_601, 2)] });
    expect(reasons(done)).toEqual(['already_drawn [000 八(六)1] nothing is left to draw']);
    expect(reasons(claim({ ...all, vendorDrawnTwd: 49_999_000 }))).toEqual([
      'vendor_ceiling [000 二(二)] the vendor, in all entries of 04595257, drew 49999000 this year, at most 50000000',
    ]);
  });
});

describe('a contract that ended early', () => {
  it('may have two months inside their grace', () => {
    const order = anOrder(closedOn('2023-06-12'));
    const answer = claim({ order, instalment: 2, asOf: '2023-06-14', months: 'mmmm' });
    expect(reasons(answer)).toEqual([
      'months_pending [000 八(六)2] months inside their grace for late events: 5, 6',
    ]);
  });
});

describe('where two of the first three months are asked', () => {
  it('a third that is held holds nothing up', () => {
    const two = tcloud2023With({ firstMonthsAsked: 2 });
    const answer = claim({ asOf: '2023-05-01', months: 'mmh' }, two);
    expect({ reasons: reasons(answer), amountTwd: answer.amountTwd }).toEqual({
      reasons: [],
      amountTwd: 1_400,
    });
  });
});

describe('in Chinese', () => {
  const said = ({ reasons: listed, steps: all }: Claim) => ({
    reasons: listed.map((r) => `${r.code} ${r.zh}`),
    steps: all.map((s) => `${s.value} ${s.zh}`),
  });

  it('the first instalment is told', () => {
    const order = anOrder({ attachments: [] });
    const at = { order, asOf: '2023-04-09', months: 'rs', statements: [drawn(1_400)] };
    expect(said(claim(at))).toEqual({
      reasons: [
        'too_early 2023-04-10 起可請款',
        'months_not_claimable 前3個期程月應有3個可核銷：第1期程月經審查退回、第2期程月未達、第3期程月進行中',
        'attachment_missing 缺附件：self-payment',
        'already_drawn 本期或後期已請領',
      ],
      steps: [
        '7001 訂單點數',
        '1400 第一期款：點數之 20%，無條件捨去',
        '1400 已領金額',
        '0 金額：符合時為第一期款',
      ],
    });
  });

  it('the second instalment and a termination are told', () => {
    const order = anOrder({ ...terminatedOn('2023-03-09'), attachments: ['performance'] });
    const at = {
      order,
      instalment: 2,
      asOf: '2023-08-09',
      months: 'mh',
      vendorDrawnTwd: 3,
    } as const;
    expect(said(claim({ ...at, pointsIssuedOn: '2023-01-01' }))).toEqual({
      reasons: [
        'months_held 待審查之月：2',
        'window_closed 請款期限至 2023-04-07 止',
        'below_minimum_months 可核銷月 1 個，至少應有 4 個',
      ],
      steps: [
        '7001 訂單點數',
        '1 可核銷月數',
        '6 期程月數（分母）',
        '4 得請款之最少可核銷月數',
        '0 應得點數：可核銷月不足，無',
        '0 已領金額',
        '0 金額：應得點數減已領金額',
        '2 終止前已使用月數',
        '4668 退還點數：點數 −（點數 × 已使用月數 ÷ 期程月數，無條件捨去）',
        '4668 退還自付額：於契約期程 1/2 前終止，扣除已使用月數',
        '2023-04-01 退還點數之使用期限（經費用罄為止）',
      ],
    });
  });

  it('months in their grace, a ceiling and the one claim of 雲市集工業館 are told', () => {
    const pending = said(claim({ instalment: 2, asOf: '2023-07-16', months: 'mmmmm-' }));
    expect(pending.reasons).toEqual(['months_pending 仍在遲到事件寬限期內之月：6']);
    const ceiling = vendorCeiling(
      claimInput({ asOf: '2023-08-01', months: 'mmmmmm', vendorDrawnTwd: 60 }),
      41,
      { value: 100, source: 'c' },
    );
    expect(ceiling?.zh).toBe('業者（統一編號 04595257 之全部登錄）本年度已領 60，上限 100');
    const order = anOrder({ programme: 'industry-2022', contractMonths: 4 });
    const given = { order, asOf: '2023-05-20', months: 'mmrr', statements: [drawn(7_001)] };
    expect(said(claim(given, industry2022))).toEqual({
      reasons: [
        'below_minimum_months 可核銷月 2 個，至少應有 3 個',
        'already_drawn 唯一之款項已請領，較現應得多 7001',
      ],
      steps: [
        '7001 訂單點數',
        '2 可核銷月數',
        '3 得請款之最少可核銷月數',
        '0 應得點數：全數，須可核銷月足夠且附件齊備',
        '7001 已領金額',
        '-7001 應得點數減已領金額',
        '0 金額：符合時為應得點數',
      ],
    });
  });

  it('names of several months and attachments stand apart, and a month that is not there is told', () => {
    const second = { instalment: 2 } as const;
    const waiting = said(claim({ ...second, asOf: '2023-08-01', months: 'mmmmhh' }));
    expect(waiting.reasons).toEqual(['months_held 待審查之月：5、6']);
    const closed = anOrder(closedOn('2023-06-12'));
    const pending = claim({ ...second, order: closed, asOf: '2023-06-14', months: 'mmmm' });
    expect(said(pending).reasons).toEqual(['months_pending 仍在遲到事件寬限期內之月：5、6']);
    const bare = anOrder({ programme: 'industry-2022', contractMonths: 4, attachments: [] });
    const missing = said(claim({ order: bare, asOf: '2023-05-20', months: 'mmm-' }, industry2022));
    expect(missing.reasons).toEqual(['attachment_missing 缺附件：invoice、questionnaire']);
    const short = anOrder({ contractMonths: 2 });
    const absent = said(claim({ order: short, asOf: '2023-05-01', months: 'mm' }));
    expect(absent.reasons[0]).toContain('第3期程月不存在');
  });

  it('points earned by the month, nothing left to draw and a late termination are told', () => {
    const all = { instalment: 2, asOf: '2023-07-20', months: 'mmmmmm' } as const;
    const done = said(claim({ ...all, statements: [drawn(1_400), drawn(5_601, 2)] }));
    expect(done.reasons).toEqual(['already_drawn 已無可請領之款項']);
    expect(done.steps).toContain('7001 應得點數：點數 × 可核銷月數 ÷ 期程月數，無條件捨去');
    const late = anOrder(terminatedOn('2023-03-20'));
    expect(said(claim({ ...all, order: late })).steps).toContain(
      '0 退還自付額：無，於契約期程 1/2 以後終止',
    );
    const contractStart = civilDate('2024-11-10');
    const over = anOrder({ ...terminatedOn('2025-01-01'), contractStart });
    expect(said(claim({ ...all, order: over, asOf: '2025-07-01' })).steps).toContain(
      '0 退還點數：無，使用期間已於 2024-12-31 屆滿',
    );
  });

  it('a closure is told as such, in both languages', () => {
    const of = (date: string) =>
      claim({
        instalment: 2,
        asOf: '2023-07-20',
        months: 'mmmmmm',
        order: anOrder(closedOn(date)),
      });
    expect(of('2023-03-09').steps.slice(7, 10)).toMatchObject([
      { zh: '停業、歇業前已使用月數', label: 'months used before the closure' },
      { source: '001 七(六)1; 001 八(六)' },
      {
        zh: '退還自付額：於契約期程 1/2 前停業、歇業，扣除已使用月數',
        label: 'self-payment returned: closed before 1/2 of the term, kept for the months used',
        source: '001 七(六)1; 001 八(六)',
      },
    ]);
    expect(of('2023-05-20').steps.slice(7, 10)).toMatchObject([
      {},
      { source: '001 七(六)2; 001 八(六)' },
      {
        zh: '退還自付額：無，於契約期程 1/2 以後停業、歇業',
        label: 'self-payment returned: none, closed at or after 1/2 of the term',
      },
    ]);
  });
});

describe('the rules that failed', () => {
  it('are answered in the order of the list, whatever order a programme asks them in', () => {
    const reason = (code: ClaimReasonCode) => ({ code, detail: '', zh: '', source: '' });
    const asked = [reason('already_drawn'), null, reason('months_held'), reason('too_early')];
    expect(failed(asked).map((r) => r.code)).toEqual(['too_early', 'months_held', 'already_drawn']);
  });
});

describe('the ceiling of a vendor', () => {
  const input = (vendorDrawnTwd: number) =>
    claimInput({ asOf: '2023-08-01', months: 'mmmmmm', vendorDrawnTwd });
  const ceiling = { value: 100, source: 'c' };

  it.each([
    ['up to it', 60, 40, ceiling, null],
    ['beyond it', 60, 41, ceiling, 'vendor_ceiling'],
    ['beyond it already, nothing more', 101, 0, ceiling, null],
    ['beyond it already, a clawback', 200, -1, ceiling, null],
    ['where there is none', 200, 1, null, null],
  ])('%s', (_, drawnTwd, amountTwd, rule, want) => {
    expect(vendorCeiling(input(drawnTwd), amountTwd, rule)?.code ?? null).toBe(want);
  });
});

describe('a rule that a programme does not have', () => {
  it('fails no claim', () => {
    const standing = standingOf(claimInput({ asOf: '2024-08-01', months: '------' }));
    expect(windowClosed(standing, null)).toBeNull();
    expect(monthsNotClaimable(standing, null)).toBeNull();
  });
});

describe('a month that is not settled', () => {
  it('is open or inside its grace', () => {
    const standing = standingOf(claimInput({ asOf: '2023-03-12', months: 'm' }));
    expect(standing.unsettled).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('a termination', () => {
  it('before half says what returns, step by step, and until when it is usable', () => {
    const order = anOrder(terminatedOn('2023-03-20'));
    const answer = claim({
      order,
      asOf: '2023-05-01',
      months: 'mmm',
      pointsIssuedOn: '2023-01-01',
    });
    expect(steps(answer).slice(4)).toEqual([
      '3 [001 八(三)] months used before the termination',
      '3501 [001 七(六)2] points returned: points − points × months used ÷ contract months, rounded down',
      '0 [001 七(六)2] self-payment returned: none, terminated at or after 1/2 of the term',
      `${answer.termination?.usableUntil} [001 七(七)1; 001 七(七)2; 001 七(八); 000 八(一)] returned points usable until, while the budget lasts`,
    ]);
    const early = claim({
      order: anOrder(terminatedOn('2023-03-09')),
      asOf: '2023-05-01',
      months: 'mm',
    });
    expect(steps(early).slice(4, 7)).toEqual([
      '2 [001 八(三)] months used before the termination',
      '4668 [001 七(六)1] points returned: points − points × months used ÷ contract months, rounded down',
      '4668 [001 七(六)1] self-payment returned: terminated before 1/2 of the term, kept for the months used',
    ]);
  });
});

describe('the one claim of 雲市集工業館', () => {
  const order = anOrder({ programme: 'industry-2022', contractMonths: 4 });
  const given = { order, asOf: '2023-05-20' };
  const before = [
    '7001 [003 參三] points of the order',
    '3 [004 貳五] claimable months',
    '3 [004 貳五] fewest claimable months that earn',
  ];

  it('says each step of its arithmetic', () => {
    expect(steps(claim({ ...given, months: 'mmm-' }, industry2022))).toEqual([
      ...before,
      '7001 [004 貳五] points earned: all of them with enough claimable months and every attachment',
      '0 [003 貳五 3] drawn before',
      '7001 [003 貳五 3] points earned less drawn before',
      '7001 [003 貳五 3] amount: the points earned where eligible',
    ]);
    const prorated = industry2022With({ earning: 'prorated' });
    expect(steps(claim({ ...given, months: 'mmm-' }, prorated))[3]).toBe(
      '5250 [004 貳五] points earned: points × claimable months ÷ contract months, rounded down, with enough claimable months and every attachment',
    );
  });

  it('earns nothing with too few months, and says so', () => {
    const answer = claim({ ...given, months: 'mm--' }, industry2022);
    expect(steps(answer)[3]).toContain('0 [004 貳五]');
    expect(reasons(answer)).toEqual([
      'below_minimum_months [004 貳五] 2 claimable months, at least 3 are asked',
    ]);
  });

  it('is one, and is drawn once', () => {
    const done = claim({ ...given, months: 'mmmm', statements: [drawn(7_001)] }, industry2022);
    expect(reasons(done)).toEqual(['already_drawn [003 貳五 3] the one claim is drawn']);
    expect(() => claim({ ...given, months: 'mmmm', instalment: 2 }, industry2022)).toThrow(
      'industry-2022 has one claim: instalment 1',
    );
  });
});

describe('the programmes', () => {
  it('are found by their id alone', () => {
    expect(() => programmeOf('tcloud-2022' as ProgrammeId)).toThrow('no programme tcloud-2022');
  });

  it('數位共好 pays no order, and its days are those of its documents', () => {
    const { cases } = coprosperity2023;
    expect(coprosperity2023).toMatchObject({
      overlap: 'admitted',
      instalments: [],
      period: { endInclusive: '2023-11-30' },
    });
    expect(cases.checkpoints.map((c) => c.date)).toEqual(['2023-07-15', '2023-11-30']);
    expect(cases.toolsBy.value).toBe('2023-07-31');
  });
});
