import { describe, expect, it } from 'vitest';
import type { UsageChart } from '../../core/chart.ts';
import { MONTH_STATES } from '../../core/month.ts';
import { recordDrawing } from '../../render/config.ts';
import { PAGE_HEIGHT, PAGE_WIDTH } from '../../render/page.ts';
import type { TextShape } from '../../render/shapes.ts';
import { textWidth } from '../../render/text.ts';
import { STATES } from '../../render/words.ts';
import { type ChartWish, usageChart } from './fixture.ts';
import { goldenText, storedText } from './golden/make.ts';

function textsOf(chart: UsageChart): readonly TextShape[] {
  return recordDrawing(chart).shapes.filter((s) => s.kind === 'text');
}

function wordsOf(wish: ChartWish): string[] {
  return textsOf(usageChart(wish)).map((t) => t.text);
}

function annotationsOf(wish: ChartWish): Record<string, Record<string, unknown>> {
  return recordDrawing(usageChart(wish)).configuration.options?.plugins?.annotation?.annotations;
}

const LONG = '臺灣極長名稱股份有限公司附設'.repeat(15);
const STATE_ROUND = ['met', 'short', 'silent', 'held', 'pending', 'open'] as const;
const EIGHT_WEEKLY = Array.from({ length: 12 }, (_, month) => ({
  allOf: Array.from({ length: 8 }, (_, k) => ({
    metric: k % 2 === 0 ? ('logins' as const) : ('interactions' as const),
    per: 'week' as const,
    atLeast: 3 + month + k * 3,
  })),
}));

const SHEETS: readonly (readonly [string, ChartWish])[] = [
  ['one month', { contractMonths: 1 }],
  ['one month over New Year', { contractMonths: 1, start: '2022-12-26' }],
  ['four months', { contractMonths: 4, changes: { simulated: true } }],
  [
    'twelve months of every state',
    { contractMonths: 12, states: [...STATE_ROUND, ...STATE_ROUND] },
  ],
  ['twelve months, a part month of a day', { contractMonths: 12, closedOn: '2023-12-16' }],
  ['twelve months from the last days of a year', { contractMonths: 12, start: '2022-12-31' }],
  ['fourteen months', { contractMonths: 14 }],
  ['fifteen months', { contractMonths: 15, states: [...STATE_ROUND] }],
  ['sixty months', { contractMonths: 60, states: [...STATE_ROUND, 'met'] }],
  ['no use at all', { useOf: () => 0, states: ['silent'] }],
  ['millions of uses', { contractMonths: 12, useOf: (w) => 1_000_000 * (w % 4) }],
  ['sixteen thresholds a panel', { contractMonths: 12, rules: EIGHT_WEEKLY }],
  [
    'names of 200 characters and emoji',
    {
      changes: {
        vendorName: LONG,
        solutionName: '😀👨‍👩‍👧'.repeat(60),
        smeName: `Ｗ${'W'.repeat(199)}`,
        orderId: 'W'.repeat(64),
        usagePlan: LONG.repeat(9),
        simulated: true,
      },
    },
  ],
];

describe('the drawing of a usage record', () => {
  it('is the golden one', () => {
    expect(goldenText()).toBe(storedText());
  });

  it('is plain data: nothing is lost on the way through JSON', () => {
    const drawing = recordDrawing(usageChart());
    expect(JSON.parse(JSON.stringify(drawing))).toEqual(drawing);
  });

  it('does not change what it draws', () => {
    const chart = usageChart();
    const before = structuredClone(chart);
    recordDrawing(chart);
    expect(chart).toEqual(before);
  });

  it.each(SHEETS)('keeps every text apart and on the sheet: %s', (_, wish) => {
    const texts = textsOf(usageChart(wish));
    for (const [i, a] of texts.entries()) {
      const box = boxOf(a);
      expect(box.left, a.text).toBeGreaterThanOrEqual(36);
      expect(box.top, a.text).toBeGreaterThanOrEqual(20);
      expect(box.right, a.text).toBeLessThanOrEqual(PAGE_WIDTH - 36);
      expect(box.bottom, a.text).toBeLessThanOrEqual(PAGE_HEIGHT - 20);
      for (const b of texts.slice(i + 1)) {
        expect(overlap(box, boxOf(b)), `“${a.text}” over “${b.text}”`).toBe(false);
      }
    }
  });

  it.each([
    ['no week', { weeks: [] }],
    ['no month', { months: [] }],
    ['an asOf that is no time', { asOf: 'yesterday' }],
  ])('refuses a chart with %s', (_, changes) => {
    expect(() => recordDrawing(usageChart({ changes }))).toThrow(RangeError);
  });
});

describe('what the record says', () => {
  it('names the parties, the order, the contract to its last day, asOf and the digest (I-62)', () => {
    const words = wordsOf({ start: '2023-09-01', contractMonths: 4 });
    expect(words).toEqual(
      expect.arrayContaining([
        '企業使用紀錄',
        'Usage record',
        '範例資服公司',
        '雲端進銷存',
        '範例企業有限公司',
        '04595257',
        'order-1',
        '2023-09-01（民國112年9月1日）',
        '2023-12-31（民國112年12月31日）',
        '2026-08-24 00:00（民國115年8月24日）',
        '建立與查詢銷貨單、盤點庫存',
      ]),
    );
    expect(words.some((w) => w.includes(usageChart().digest))).toBe(true);
  });

  it.each(MONTH_STATES)(
    'a month that is %s is shaded and labelled in both languages (I-62)',
    (state) => {
      const { zh, en, fill } = STATES[state];
      expect(wordsOf({ states: [state] })).toContain(`第1個月 ${zh} ${en}`);
      const bands = annotationsOf({ states: [state] });
      expect(bands['band-1-work']).toMatchObject({ type: 'box', backgroundColor: fill });
      expect(bands['band-1-people']).toMatchObject({ type: 'box', backgroundColor: fill });
    },
  );

  it('every state has a name, a sign and a colour of its own', () => {
    for (const part of ['zh', 'en', 'sign', 'fill'] as const) {
      expect(new Set(MONTH_STATES.map((s) => STATES[s][part])).size).toBe(MONTH_STATES.length);
    }
  });

  it('even a month too narrow for words has its state and claim in the table', () => {
    const words = wordsOf({ contractMonths: 12, closedOn: '2023-12-16', states: ['met'] });
    expect(words.filter((w) => w === '達標 Met')).toHaveLength(9);
    expect(words.filter((w) => w === '✓ 可核銷')).toHaveLength(9);
  });

  it.each([
    ['met', true, '可核銷 Claimable'],
    ['met', false, '審查駁回 Rejected'],
    ['short', true, '可核銷 審查通過 Accepted'],
  ] as const)('a month that is %s with claimable %s says “%s”', (state, claimable, words) => {
    const shown = wordsOf({ states: [state], claimable: [claimable, false, false, false] });
    expect(shown).toContain(words);
  });

  it('a month that is short says nothing of a claim', () => {
    const words = wordsOf({ states: ['short'] });
    expect(words.filter((w) => w.startsWith('可核銷'))).toEqual([
      '可核銷月數 Claimable months',
      '可核銷 Claimable',
    ]);
  });

  it('says the simulated clock when it was simulated, and only then', () => {
    const said = (simulated: boolean) =>
      wordsOf({ changes: { simulated } }).filter((w) => w.includes('模擬時間')).length;
    expect(said(true)).toBe(2);
    expect(said(false)).toBe(0);
  });

  it('counts claimable months of the contract and names the months shown', () => {
    const chart = usageChart({ contractMonths: 12, states: ['met', 'short', 'met'] });
    const part = usageChart({
      contractMonths: 12,
      changes: { months: chart.months.slice(0, 3), claimableMonths: 2 },
    });
    const words = textsOf(part).map((t) => t.text);
    expect(words).toEqual(expect.arrayContaining(['2', ' / 12', '圖示 Shown: 第1–3個月 M1–3']));
  });
});

describe('the declared threshold', () => {
  const monthly = [{ metric: 'interactions', per: 'month', atLeast: 20 } as const];

  it('is a dashed line of a week criterion over the months that it judges (I-62)', () => {
    const rules = [
      { allOf: [{ metric: 'logins', per: 'week', atLeast: 3 } as const] },
      { allOf: [{ metric: 'logins', per: 'week', atLeast: 4 } as const] },
    ];
    const wish = { start: '2023-05-01', contractMonths: 3, rules };
    const lines = annotationsOf(wish);
    const [may, june] = [31 / 7, 92 / 7];
    expect(lines['threshold-1-1']).toMatchObject({
      type: 'line',
      yMin: 3,
      yMax: 3,
      xMin: 0,
      xMax: may,
    });
    expect(lines['threshold-2-1']).toMatchObject({ yMin: 4, yMax: 4, xMin: may, xMax: june });
    expect(lines['threshold-1-1']?.['borderDash']).not.toEqual([]);
    const words = wordsOf(wish);
    expect(words).toEqual(expect.arrayContaining(['每週登入 ≥ 3', '每週登入 ≥ 4']));
    expect(words).toEqual(expect.arrayContaining(['logins a week · M1', 'logins a week · M2–3']));
  });

  it('lies inside its axis even far above the use', () => {
    const rules = [{ allOf: [{ metric: 'interactions', per: 'week', atLeast: 5_000 } as const] }];
    const { scales } = recordDrawing(usageChart({ rules })).configuration.options ?? {};
    expect(Number(scales?.['yWork']?.max)).toBeGreaterThan(5_000);
  });

  it('is text in the month, with no line, where the cycle is a month or a day', () => {
    const rules = [
      { allOf: [...monthly, { metric: 'logins', per: 'day', atLeast: 1, in: 2 } as const] },
    ];
    const words = wordsOf({ rules, useOf: () => 30 });
    expect(words).toContain('本月互動 120 / 20');
    expect(words).toContain('登入達標 30 / 2 天');
    const drawn = Object.keys(annotationsOf({ rules })).filter((k) => k.startsWith('threshold'));
    expect(drawn).toEqual([]);
  });

  it('of chosen actions is measured by a line of these actions alone', () => {
    const actions = ['create', 'query'];
    const rules = [
      { allOf: [{ metric: 'interactions', actions, per: 'week', atLeast: 9 } as const] },
    ];
    const chart = usageChart({ rules, useOf: () => 30 });
    const datasets = recordDrawing(chart).configuration.data.datasets;
    const line = datasets.find((d) => d.label === '指定互動（create、query）');
    const judged = chart.weeks.map((w) => (w.judgedIn === null ? null : 15));
    expect(line?.data.map((p) => p.y)).toEqual(judged);
  });
});

describe('the weekly lines', () => {
  const lineOf = (wish: ChartWish, label: string) =>
    recordDrawing(usageChart(wish)).configuration.data.datasets.find((d) => d.label === label);

  it('a week that no month judges is hollow and dashed, not part of the solid line', () => {
    const [solid, dashed] = [lineOf({}, '登入次數'), lineOf({}, '登入次數（未判定）')];
    expect(solid?.data.at(0)?.y).toBeNull();
    expect(dashed?.data.at(0)?.y).toBe(2);
    expect(dashed?.borderDash).not.toEqual([]);
    expect(dashed?.pointBackgroundColor).toBe('#ffffff');
  });

  it('a week to come has no value; the week of asOf is not yet solid', () => {
    const wish = { start: '2023-05-01', asOf: '2023-05-17T00:00:00.000+08:00' };
    expect(lineOf(wish, '工作互動數')?.data.map((p) => p.y)).toEqual([20, 57, null]);
    expect(lineOf(wish, '工作互動數（未判定）')?.data.map((p) => p.y)).toEqual([null, 57, 33]);
  });

  it.each([
    ['2023-05-08T00:00:00.000+08:00', 1],
    ['2023-05-08T00:00:01.000+08:00', 2],
  ])('at %s, %i weeks have begun', (asOf, count) => {
    expect(lineOf({ start: '2023-05-01', asOf }, '登入次數')?.data).toHaveLength(count);
  });

  it('names every Monday and the years of both calendars', () => {
    const words = wordsOf({ start: '2022-12-12', contractMonths: 2 });
    expect(words).toEqual(expect.arrayContaining(['2022-12-12', '2022-12-26', '2023-01-02']));
    expect(words).toEqual(expect.arrayContaining(['2022（民國111年）', '2023（民國112年）']));
  });
});

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Ink of a text, from a little below its capitals' height to a little below its baseline. */
function boxOf({ x, y, text, size, bold, align, upright }: TextShape): Box {
  const width = textWidth(text, size, bold);
  const before = align === 'left' ? 0 : align === 'center' ? width / 2 : width;
  const [ascent, descent] = [size * 0.78, size * 0.12];
  return upright
    ? { left: x - ascent, right: x + descent, top: y - (width - before), bottom: y + before }
    : { left: x - before, right: x - before + width, top: y - ascent, bottom: y + descent };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
