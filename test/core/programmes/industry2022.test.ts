import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../core/claim.ts';
import { drawingOf } from '../../../core/programmes/drawing.ts';
import { industry2022, industry2022With } from '../../../core/programmes/industry2022.ts';
import type { Order } from '../../../core/registry.ts';
import { civilDate } from '../../../core/time.ts';
import { anOrder, claimInput, closedOn, drawn, terminatedOn } from './claimInput.ts';

const whole = industry2022;

/** 5 months from 2022-05-31 to 2022-10-31, exclusive. */
function industryOrder(changes: Partial<Order> = {}): Order {
  return anOrder({
    programme: 'industry-2022',
    contractStart: civilDate('2022-05-31'),
    contractMonths: 5,
    priceTwd: 100_002,
    pointsTwd: 50_001,
    attachments: ['invoice', 'questionnaire'],
    ...changes,
  });
}

function claim(given: Parameters<typeof claimInput>[0], rules = whole): Claim {
  if (rules.claim === null) throw new Error('the programme pays per order');
  return rules.claim(claimInput({ order: industryOrder(), ...given }));
}

function told(answer: Claim): string {
  expect(answer.eligible).toBe(answer.reasons.length === 0);
  return [answer.reasons.map((r) => r.code).join('+'), answer.amountTwd].join(' ').trim();
}

const MORE_THAN_EARNED = 'the one claim is drawn: 50001 more than the months earn now';

describe('the one claim', () => {
  it.each([
    ['2022-10-30', 'too_early 0'],
    ['2022-10-31', 'months_pending 0'],
    ['2022-11-06', 'months_pending 0'],
    ['2022-11-07', '50001'],
    ['2025-01-01', '50001'],
  ])('is made after the contract and the grace: at %s %s (I-46)', (asOf, want) => {
    expect(told(claim({ asOf, months: 'mmmmm' }))).toBe(want);
  });

  it.each([
    ['mmsss', 'below_minimum_months 0'],
    ['mmmss', '50001'],
    ['mmmhs', 'months_held 0'],
    ['mmmrs', '50001'],
    ['mmass', '50001'],
  ])('with the months %s: %s (I-46)', (months, want) => {
    expect(told(claim({ asOf: '2022-11-07', months }))).toBe(want);
  });

  it.each([
    [['invoice'], 'attachment_missing 0', 'missing: questionnaire'],
    [['questionnaire'], 'attachment_missing 0', 'missing: invoice'],
    [[], 'attachment_missing 0', 'missing: invoice, questionnaire'],
  ])('with the attachments %j alone earns nothing (I-46)', (attachments, want, detail) => {
    const order = industryOrder({ attachments });
    const answer = claim({ order, asOf: '2022-11-07', months: 'mmmmm' });
    expect(told(answer)).toBe(want);
    expect(answer.reasons[0]?.detail).toBe(detail);
    expect(answer.steps.map((s) => s.value)).toEqual([50_001, 5, 3, 0, 0, 0, 0]);
  });

  it.each([
    ['2022-08-31', 'sss', 'too_early+below_minimum_months 0'],
    ['2022-09-07', 'mmm', 'months_pending 0'],
    ['2022-09-08', 'mmms', '50001'],
    ['2022-09-08', 'mmss', 'below_minimum_months 0'],
  ])('after a closure asks 3 months all the same: at %s %s', (asOf, months, want) => {
    const order = industryOrder(closedOn('2022-09-01'));
    expect(told(claim({ order, asOf, months }))).toBe(want);
  });

  it.each([
    ['2022-08-01', 'mm', 'below_minimum_months 0'],
    ['2022-08-02', 'mmm', '50001'],
    ['2022-08-02', 'mm-', 'below_minimum_months 0'],
  ])('counts the part month that an end on %s leaves as one: months %s', (date, months, want) => {
    const contract = { contractStart: civilDate('2022-06-01'), contractMonths: 6 };
    const order = industryOrder({ ...contract, ...terminatedOn(date) });
    expect(told(claim({ order, asOf: '2022-08-10', months }))).toBe(want);
  });

  it('is drawn once', () => {
    const answer = claim({ asOf: '2022-11-07', months: 'mmmmm', statements: [drawn(50_001)] });
    expect(told(answer)).toBe('already_drawn 0');
    expect(drawingOf(answer)).toBeNull();
  });

  it.each([
    ['mmmmm', 0, 'already_drawn', 'the one claim is drawn'],
    ['mmmrr', 0, 'already_drawn', 'the one claim is drawn'],
    ['mmrrr', -50_001, 'below_minimum_months+already_drawn', MORE_THAN_EARNED],
    ['mmhrr', -50_001, 'months_held+below_minimum_months+already_drawn', MORE_THAN_EARNED],
  ])(
    'that is drawn shows in its steps what reviews took after: %s → %d, its amount stays 0 (I-47)',
    (months, left, codes, detail) => {
      const answer = claim({ asOf: '2022-11-07', months, statements: [drawn(50_001)] });
      expect(told(answer)).toBe(`${codes} 0`);
      expect(answer.reasons.at(-1)?.detail).toBe(detail);
      expect(answer.steps.slice(-3)).toMatchObject([
        { label: 'drawn before', value: 50_001 },
        { label: 'points earned less drawn before', value: left, source: '003 貳五 3' },
        { value: 0 },
      ]);
      expect(drawingOf(answer)).toBeNull();
    },
  );

  it('knows no vendor ceiling, and returns no points on a termination', () => {
    const order = industryOrder(terminatedOn('2022-09-01'));
    const given = { order, asOf: '2022-09-08', months: 'mmms', vendorDrawnTwd: 60_000_000 };
    expect(told(claim(given))).toBe('50001');
    expect(claim(given).termination).toBeNull();
  });

  it('is instalment 1: another one is a fault of the caller', () => {
    expect(() => claim({ asOf: '2022-11-07', months: 'mmmmm', instalment: 2 })).toThrow(RangeError);
  });

  it.each([
    ['mmsss', 'below_minimum_months 0'],
    ['mmmss', '30000'],
    ['mmmmm', '50001'],
  ])('can be configured to pay by the month: %s', (months, want) => {
    const rules = industry2022With({ earning: 'prorated' });
    const answer = claim({ asOf: '2022-11-07', months }, rules);
    expect(answer.rulesVersion).toBe('industry-2022/1+prorated');
    expect(told(answer)).toBe(want);
  });
});
