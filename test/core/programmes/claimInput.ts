import type { ClaimInput, Statement } from '../../../core/claim.ts';
import { contractOf } from '../../../core/contract.ts';
import type { MonthState, Review } from '../../../core/month.ts';
import type { Order } from '../../../core/registry.ts';
import { addDays, civilDate, dateOf, parseInstant, startOfDay } from '../../../core/time.ts';

/** 6 months from 2023-01-10 to 2023-07-10, exclusive; 20% of the points are 1400.2. */
export function anOrder(changes: Partial<Order> = {}): Order {
  return {
    orderId: 'o-1',
    programme: 'tcloud-2023',
    vendorId: 'v-1',
    solutionId: 's-1',
    smeId: '12345675',
    contractStart: civilDate('2023-01-10'),
    contractMonths: 6,
    priceTwd: 14_002,
    pointsTwd: 7_001,
    closure: null,
    termination: null,
    caseId: null,
    attachments: ['self-payment', 'performance', 'invoice', 'questionnaire'],
    ...changes,
  };
}

export function closedOn(date: string): Pick<Order, 'closure'> {
  return { closure: { date: civilDate(date), proof: '歇業證明' } };
}

export function terminatedOn(date: string): Pick<Order, 'termination'> {
  return { termination: { date: civilDate(date), reason: '不合用' } };
}

export function drawn(amountTwd: number, instalment: 1 | 2 = 1): Statement {
  return {
    statementId: `st-${instalment}-${amountTwd}`,
    orderId: 'o-1',
    kind: amountTwd < 0 ? 'clawback' : 'claim',
    instalment,
    amountTwd,
    asOfMs: 0,
    drawnAtMs: 0,
  };
}

interface Given {
  readonly order?: Order;
  /** A date, or an RFC 3339 time. */
  readonly asOf: string;
  readonly instalment?: 1 | 2;
  /** How each month comes out once its grace is over, one letter a month; see LETTERS. */
  readonly months: string;
  readonly statements?: readonly Statement[];
  readonly vendorDrawnTwd?: number;
  readonly pointsIssuedOn?: string;
}

/** m met · s short · - silent · h held · a held and accepted · r held and rejected. */
const LETTERS: Readonly<Record<string, [MonthState, boolean, Review['decision'] | null]>> = {
  m: ['met', true, null],
  s: ['short', false, null],
  '-': ['silent', false, null],
  h: ['held', false, null],
  a: ['held', true, 'accept'],
  r: ['held', false, 'reject'],
};

/** The input at asOf: months not ended are open, months inside their grace are pending. */
export function claimInput(given: Given): ClaimInput {
  const order = given.order ?? anOrder();
  const asOfMs = parseInstant(given.asOf) ?? startOfDay(civilDate(given.asOf));
  const today = dateOf(asOfMs);
  const months = contractOf(order).months.map((month, i) => {
    if (month.endExclusive > today) {
      return { ...month, state: 'open' as const, claimable: false, review: null };
    }
    if (addDays(month.endExclusive, 7) > today) {
      return { ...month, state: 'pending' as const, claimable: false, review: null };
    }
    const outcome = LETTERS[given.months[i] ?? ''];
    if (outcome === undefined) throw new RangeError(`no outcome for month ${month.month}`);
    const [state, claimable, decision] = outcome;
    const review =
      decision == null ? null : { decision, by: 'auditor', reason: 'seen', at: '2023-12-01' };
    return { ...month, state, claimable, review };
  });
  return {
    order,
    sme: { pointsIssuedOn: given.pointsIssuedOn ? civilDate(given.pointsIssuedOn) : null },
    months,
    instalment: given.instalment ?? 1,
    asOfMs,
    statements: given.statements ?? [],
    vendorTaxId: '04595257',
    vendorDrawnTwd: given.vendorDrawnTwd ?? 0,
  };
}
