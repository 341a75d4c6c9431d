import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../core/claim.ts';
import { drawingOf } from '../../../core/programmes/drawing.ts';
import { pointsReturn } from '../../../core/programmes/index.ts';
import { tcloud2023, tcloud2023With } from '../../../core/programmes/tcloud2023.ts';
import type { Order } from '../../../core/registry.ts';
import { civilDate } from '../../../core/time.ts';
import { anOrder, claimInput, closedOn, drawn, terminatedOn } from './claimInput.ts';

const programme = tcloud2023;

function claim(given: Parameters<typeof claimInput>[0], rules = programme): Claim {
  if (rules.claim === null) throw new Error('the programme pays per order');
  return rules.claim(claimInput(given));
}

/** "amount", or the codes and the amount: `too_early+months_pending 0`. */
function told(answer: Claim): string {
  expect(answer.eligible).toBe(answer.reasons.length === 0);
  return [answer.reasons.map((r) => r.code).join('+'), answer.amountTwd].join(' ').trim();
}

describe('first instalment', () => {
  it.each([
    ['2023-04-09', 'too_early+months_not_claimable 0'],
    ['2023-04-09T23:59:59.999+08:00', 'too_early+months_not_claimable 0'],
    ['2023-04-09T16:00:00Z', 'months_not_claimable 0'],
    ['2023-04-10', 'months_not_claimable 0'],
    ['2023-04-16', 'months_not_claimable 0'],
    ['2023-04-16T23:59:59.999+08:00', 'months_not_claimable 0'],
    ['2023-04-17', '1400'],
    ['2024-06-01', '1400'],
  ])('may be claimed from three months after the start: at %s %s (I-41)', (asOf, want) => {
    expect(told(claim({ asOf, months: 'mmmmmm' }))).toBe(want);
  });

  it.each(['smmmmm', 'm-mmmm', 'mmsmmm', 'mmrmmm'])(
    'is refused for the months %s (I-41)',
    (months) => {
      expect(told(claim({ asOf: '2023-08-01', months }))).toBe('months_not_claimable 0');
    },
  );

  it('names a held month among the first three, and no later one', () => {
    const asOf = '2023-08-01';
    expect(told(claim({ asOf, months: 'mhmmmm' }))).toBe('months_not_claimable+months_held 0');
    expect(told(claim({ asOf, months: 'mammmm' }))).toBe('1400');
    expect(told(claim({ asOf, months: 'mmmhmm' }))).toBe('1400');
    expect(told(claim({ asOf, months: 'msmhmm' }))).toBe('months_not_claimable 0');
  });

  it('counts three months from the start although the order ended early', () => {
    const order = anOrder(closedOn('2023-03-10'));
    const early = claim({ order, asOf: '2023-04-09', months: 'mm' });
    expect(told(early)).toBe('too_early+months_not_claimable 0');
    const answer = claim({ order, asOf: '2023-04-10', months: 'mm' });
    expect(told(answer)).toBe('months_not_claimable 0');
    expect(answer.reasons[0]?.detail).toContain('month 3 is missing');
  });

  it.each([
    [4, 0],
    [5, 1],
    [9, 1],
    [10, 2],
    [7_004, 1_400],
    [7_005, 1_401],
    [30_000, 6_000],
  ])('of %d points pays %d (I-41)', (pointsTwd, want) => {
    const order = anOrder({ pointsTwd, priceTwd: pointsTwd * 2 });
    expect(claim({ order, asOf: '2023-04-17', months: 'mmm' }).amountTwd).toBe(want);
  });

  it.each([
    [[drawn(1400)], 'already_drawn 0'],
    [[drawn(1400), drawn(5601, 2)], 'already_drawn 0'],
    [[drawn(5601, 2)], 'already_drawn 0'],
  ])('is drawn once, and never after the second: case %#', (statements, want) => {
    expect(told(claim({ asOf: '2023-08-01', months: 'mmmmmm', statements }))).toBe(want);
  });

  it('asks for the self-payment proof alone', () => {
    const without = anOrder({ attachments: ['performance'] });
    const answer = claim({ order: without, asOf: '2023-04-17', months: 'mmm' });
    expect(told(answer)).toBe('attachment_missing 0');
    expect(answer.reasons[0]?.detail).toContain('self-payment');
    const enough = anOrder({ attachments: ['self-payment'] });
    expect(told(claim({ order: enough, asOf: '2023-04-17', months: 'mmm' }))).toBe('1400');
  });

  it.each([
    [1, 's', 'months_not_claimable 0'],
    [1, 'm', '1400'],
    [2, 'ssm', 'months_not_claimable 0'],
    [2, 'msm', '1400'],
  ] as const)('can be configured to ask %d of the three: months %s', (asked, first, want) => {
    const rules = tcloud2023With({ firstMonthsAsked: asked });
    expect(rules.rulesVersion).toBe(`tcloud-2023/1+first-months-${asked}`);
    const months = first.padEnd(6, 's');
    expect(told(claim({ asOf: '2023-08-01', months }, rules))).toBe(want);
  });
});

describe('second instalment', () => {
  it.each([
    ['2023-07-09', 'too_early 4434'],
    ['2023-07-10', 'months_pending 4434'],
    ['2023-07-16', 'months_pending 4434'],
    ['2023-07-17', '5601'],
    ['2023-08-08', '5601'],
    ['2023-08-08T23:59:59.999+08:00', '5601'],
    ['2023-08-09', 'window_closed 5601'],
  ])('at %s: %s', (asOf, want) => {
    const given = { asOf, months: 'mmmmmm', instalment: 2, statements: [drawn(1400)] } as const;
    expect(told(claim(given))).toBe(want);
  });

  it.each([
    ['mmmsss', [], 'below_minimum_months 0'],
    ['mmmmss', [], '4667'],
    ['mmmmms', [], '5834'],
    ['mmmmmm', [], '7001'],
    ['mmmmss', [drawn(1400)], '3267'],
    ['mmmsss', [drawn(1400)], 'below_minimum_months -1400'],
    ['------', [], 'below_minimum_months 0'],
  ])('pays the claimable months %s after drawing %j: %s (I-42)', (months, statements, want) => {
    expect(told(claim({ asOf: '2023-07-17', instalment: 2, months, statements }))).toBe(want);
  });

  it('waits for held months, and no longer once a reviewer decided', () => {
    const at = (months: string) => told(claim({ asOf: '2023-07-17', instalment: 2, months }));
    expect(at('mmmmhm')).toBe('months_held 5834');
    expect(at('mmmmam')).toBe('7001');
    expect(at('mmmmrm')).toBe('5834');
  });

  it.each([
    [[drawn(1400), drawn(5601, 2)], 'mmmmmm', 'already_drawn 0', null],
    [[drawn(1400), drawn(4434, 2)], 'mmmmmm', '1167', 'claim'],
    [[drawn(1400), drawn(5601, 2)], 'mmmmms', '-1167', 'clawback'],
    [[drawn(1400), drawn(-1400, 2)], 'mmmsss', 'below_minimum_months+already_drawn 0', null],
    [[drawn(1400), drawn(-1400, 2)], 'mmmmss', '4667', 'claim'],
  ] as const)(
    'is drawn again only for what a review left: case %#',
    (statements, months, want, as) => {
      const answer = claim({ asOf: '2023-07-17', instalment: 2, months, statements });
      expect(told(answer)).toBe(want);
      expect(drawingOf(answer)).toBe(as);
    },
  );

  it('lists every rule that failed, in the order of the contract', () => {
    const order = anOrder({ attachments: [] });
    const ended = claim({ order, asOf: '2023-09-01', instalment: 2, months: 'mmhsss' });
    expect(told(ended)).toBe('months_held+window_closed+attachment_missing+below_minimum_months 0');
    expect(ended.reasons.map((r) => r.source)).toEqual([
      '000 八(七)1',
      '000 八(六)1',
      '000 八(六)1',
      '000 八(六)2',
    ]);
  });

  it('shows each step of the sum with its clause', () => {
    const given = { asOf: '2023-07-17', instalment: 2, months: 'mmmmms' } as const;
    const answer = claim({ ...given, statements: [drawn(1400)] });
    expect(answer.steps.map((s) => [s.source, s.value])).toEqual([
      ['000 二(一)', 7001],
      ['000 八(六)2', 5],
      ['000 八(六)2', 6],
      ['000 八(六)2', 4],
      ['000 八(六)2', 5834],
      ['000 八(六)1', 1400],
      ['000 八(六)1', 4434],
    ]);
    expect(answer).toMatchObject({
      orderId: 'o-1',
      programme: 'tcloud-2023',
      rulesVersion: 'tcloud-2023/1',
      asOf: '2023-07-17T00:00:00.000+08:00',
      claimableMonths: 5,
      contractMonths: 6,
      drawnTwd: 1400,
      termination: null,
    });
  });
});

describe('vendor ceiling', () => {
  it.each([
    [49_998_599, '1400'],
    [49_998_600, '1400'],
    [49_998_601, 'vendor_ceiling 0'],
  ])('refuses a first draw whole that would pass it after %d', (vendorDrawnTwd, want) => {
    expect(told(claim({ asOf: '2023-04-17', months: 'mmm', vendorDrawnTwd }))).toBe(want);
  });

  it.each([
    [49_992_999, '7001'],
    [49_993_000, 'vendor_ceiling 7001'],
  ])('refuses a second draw whole that would pass it after %d (I-43)', (vendorDrawnTwd, want) => {
    const given = { asOf: '2023-07-17', instalment: 2, months: 'mmmmmm' } as const;
    expect(told(claim({ ...given, vendorDrawnTwd }))).toBe(want);
  });

  it('never stands against a clawback or a claim already drawn', () => {
    const past = { vendorDrawnTwd: 50_000_000, statements: [drawn(1400)] };
    const back = claim({ asOf: '2023-07-17', instalment: 2, months: 'mmmsss', ...past });
    expect(told(back)).toBe('below_minimum_months -1400');
    expect(told(claim({ asOf: '2023-07-17', months: 'mmmsss', ...past }))).toBe('already_drawn 0');
  });
});

describe('clawback', () => {
  it.each([
    ['2023-07-09', 'mmmsss', null],
    ['2023-07-10', 'mmmsss', null],
    ['2023-07-16', 'mmmsss', null],
    ['2023-07-17', 'mmmhss', null],
    ['2023-07-17', 'mmmrss', 'clawback'],
    ['2023-07-17', 'mmmsss', 'clawback'],
    ['2024-07-17', 'mmmsss', 'clawback'],
  ] as const)('at %s with %s is drawn as %s (I-44)', (asOf, months, want) => {
    const answer = claim({ asOf, months, instalment: 2, statements: [drawn(1400)] });
    expect(answer.amountTwd).toBe(-1400);
    expect(drawingOf(answer)).toBe(want);
  });

  it('is not held back by a missing attachment', () => {
    const order = anOrder({ attachments: [] });
    const given = { order, asOf: '2023-07-17', instalment: 2, months: 'mmmsss' } as const;
    expect(drawingOf(claim({ ...given, statements: [drawn(1400)] }))).toBe('clawback');
  });
});

describe('closure of the firm', () => {
  it.each([
    ['2023-03-19', 'sss', 'too_early+below_minimum_months 0'],
    ['2023-03-20', 'mmm', 'months_pending 2333'],
    ['2023-03-27', 'mmm', '3500'],
    ['2023-03-27', 'mss', '1166'],
    ['2023-03-27', 'sss', 'below_minimum_months 0'],
    ['2023-04-18', 'mmm', '3500'],
    ['2023-04-19', 'mmm', 'window_closed 3500'],
  ])(
    'pays the part performed without the floor of 4: at %s months %s (I-45)',
    (asOf, months, want) => {
      const order = anOrder(closedOn('2023-03-20'));
      expect(told(claim({ order, asOf, instalment: 2, months }))).toBe(want);
    },
  );

  it.each([
    ['2023-07-09', '3500'],
    ['2023-07-10', 'below_minimum_months 0'],
    ['2023-07-11', 'below_minimum_months 0'],
  ])('on %s changes the floor only before the contract ends itself', (date, want) => {
    const order = anOrder(closedOn(date));
    expect(told(claim({ order, asOf: '2023-07-17', instalment: 2, months: 'mmmsss' }))).toBe(want);
  });

  it.each([
    ['2023-03-10', '001 七(六)1'],
    ['2023-04-10', '001 七(六)2'],
    ['2024-12-31', '001 七(六)1'],
    ['2025-01-01', '001 七(六)1'],
  ])('on %s returns what a termination does, by its own clause too (I-45)', (date, clause) => {
    const contractStart = civilDate(date > '2024' ? '2024-11-10' : '2023-01-10');
    const answerOf = (end: Partial<Order>) =>
      claim({
        order: anOrder({ contractStart, ...end }),
        asOf: '2025-07-01',
        instalment: 2,
        months: 'ssssss',
      });
    const [closed, ended] = [answerOf(closedOn(date)), answerOf(terminatedOn(date))];
    expect(closed.termination).not.toBeNull();
    expect(closed.termination).toEqual(ended.termination);
    const values = ({ steps }: Claim) => steps.slice(7).map((s) => s.value);
    expect(values(closed)).toEqual(values(ended));
    expect(closed.steps.slice(7).map((s) => s.source)).toContain(`${clause}; 001 八(六)`);
    expect(ended.steps.map((s) => s.source)).toContain(clause);
  });

  it('on or after the contract end returns nothing', () => {
    const order = anOrder(closedOn('2023-07-10'));
    expect(claim({ order, asOf: '2023-07-17', months: 'mmmmmm' }).termination).toBeNull();
  });
});

describe('termination', () => {
  it.each([
    ['2023-03-10', 2, 4668, 4668],
    ['2023-04-09', 3, 3501, 0],
    ['2023-04-10', 3, 3501, 0],
    ['2023-04-11', 4, 2334, 0],
    ['2023-07-09', 6, 0, 0],
  ])('on %s after %d months returns %d points and %d', (date, usedMonths, points, self) => {
    const order = anOrder(terminatedOn(date));
    const answer = claim({ order, asOf: '2023-09-01', instalment: 2, months: 'ssssss' });
    expect(answer.termination).toMatchObject({
      usedMonths,
      pointsReturned: points,
      selfPaymentReturned: self,
    });
    expect(answer.steps.at(-1)?.source).toMatch(points === 0 ? /^001 七\(六\)2$/ : /^001 七\(七\)/);
  });

  it.each([
    ['2024-12-31', 4668, '2024-12-31', '001 七(七)1; 001 七(七)2; 001 七(八); 000 八(一)'],
    ['2025-01-01', 0, null, '001 七(八); 000 八(一)'],
  ])('on %s, beside the period’s last day, returns %d points (I-45)', (date, points, until, by) => {
    const contractStart = civilDate('2024-11-10');
    const order = anOrder({ ...terminatedOn(date), contractStart });
    const answer = claim({ order, asOf: '2025-07-01', instalment: 2, months: 'ssssss' });
    expect(answer.termination).toMatchObject({
      usedMonths: 2,
      pointsReturned: points,
      selfPaymentReturned: 4668,
      usableUntil: until,
    });
    const told = answer.steps.filter((s) =>
      /^(returned points|points returned: none)/.test(s.label),
    );
    expect(told.map((s) => [s.value, s.source])).toEqual([[until ?? 0, by]]);
    expect(pointsReturn(order)?.points ?? 0).toBe(points);
  });

  it('keeps the floor of 4 and the divisor of the contract', () => {
    const three = anOrder(terminatedOn('2023-04-10'));
    const four = anOrder(terminatedOn('2023-04-11'));
    const at = { asOf: '2023-04-18', instalment: 2 } as const;
    expect(told(claim({ ...at, order: three, months: 'mmm' }))).toBe('below_minimum_months 0');
    expect(told(claim({ ...at, order: four, months: 'mmmm' }))).toBe('4667');
  });

  it('on or after the contract end answers nothing', () => {
    const order = anOrder(terminatedOn('2023-07-10'));
    expect(claim({ order, asOf: '2023-07-17', months: 'mmmmmm' }).termination).toBeNull();
  });
});
