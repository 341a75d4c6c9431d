import { type Claim, type Instalment, type Statement, statementsAsOf } from '../core/claim.ts';
import { FlowproofError } from '../core/errors.ts';
import { monthsToSeal } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import type { OrderMonths } from '../core/ports.ts';
import { knowsInstalment, programmeOf } from '../core/programmes/index.ts';
import type { Order, RegistryView, Vendor } from '../core/registry.ts';
import { addMonths, civilDate, dateOf, LAST_MS, startOfDay } from '../core/time.ts';
import { readReviews } from '../store/reviews.ts';
import { drawnByVendors, statementsOf } from '../store/statements.ts';
import type { ApiDependencies } from './dependencies.ts';

export interface ClaimQuestion {
  readonly order: Order;
  readonly instalment: Instalment;
  readonly asOfMs: number;
  /**
   * Set for a draw, its instant: then every statement, every seal and review made until now and the whole
   * calendar year of the vendor count, whatever asOf was given.
   */
  readonly drawnAtMs: number | null;
}

type ClaimDependencies = Pick<ApiDependencies, 'db' | 'months' | 'simulated'> & {
  readonly registry: Pick<ApiDependencies['registry'], 'view'>;
};

/** A claim and the months that it was computed on. */
export interface ClaimOnMonths {
  readonly claim: Claim;
  readonly months: readonly MonthDecision[];
}

/** Gathers what a claim is computed from and computes it; 404 where the programme has none. */
export async function claimOf(
  question: ClaimQuestion,
  deps: ClaimDependencies,
): Promise<ClaimOnMonths> {
  const { order, instalment, asOfMs, drawnAtMs } = question;
  const programme = programmeOf(order.programme);
  if (programme.claim === null) {
    const detail = 'The programme pays by case, not by order.';
    throw new FlowproofError('no_claim_in_programme', detail);
  }
  if (!knowsInstalment(programme, instalment)) {
    const detail = `The programme has no instalment ${instalment}.`;
    throw new FlowproofError('no_claim_in_programme', detail);
  }
  const [answer] = await deps.months.monthsOf([order], asOfMs, drawnAtMs ?? asOfMs);
  if (answer === undefined) throw new RangeError('an order had no answer');
  if (drawnAtMs !== null && !deps.simulated) assertSealed(answer, asOfMs, programme.graceDays);
  const claim = programme.claim({
    order,
    sme: { pointsIssuedOn: deps.registry.view.sme(order.smeId)?.pointsIssuedOn ?? null },
    months: answer.months,
    instalment,
    asOfMs,
    statements: await statementsCounted(question, deps),
    vendorTaxId: vendorOf(order, deps.registry.view).taxId,
    vendorDrawnTwd: await drawnThisYear(question, deps),
  });
  return { claim, months: answer.months };
}

/** A draw counts every statement: nothing is paid twice. */
async function statementsCounted(
  { order, asOfMs, drawnAtMs }: ClaimQuestion,
  { db }: ClaimDependencies,
): Promise<readonly Statement[]> {
  const statements = await statementsOf(db, [order.orderId]);
  if (drawnAtMs !== null || statements.length === 0) return statements;
  const reviews = await readReviews(db, [order.orderId], LAST_MS);
  const reviewedMs = reviews.map((r) => r.atMs);
  return statementsAsOf(statements, reviewedMs, asOfMs);
}

/**
 * With the real clock only sealed months are paid: a seal has seen every event that was received in
 * time, and every finding.
 */
function assertSealed(answer: OrderMonths, asOfMs: number, graceDays: number): void {
  const waiting = monthsToSeal(answer.months, asOfMs, graceDays);
  if (waiting.length === 0) return;
  const detail = `months ${waiting.join(', ')} wait for their seal: ask for a verification as of now`;
  const zh = `第 ${waiting.join('、')} 期程月尚未封存：請先以目前時間執行驗證`;
  const reasons = [{ code: 'months_pending', detail, zh, source: '000 八(七)1' }];
  throw new FlowproofError('not_eligible', `months_pending: ${detail}`, { extra: { reasons } });
}

/**
 * By the calendar year of drawing, in Taipei, over the vendor's orders of this programme; the vendor
 * is the firm, under however many ids it is entered [000 二(二)]. A draw counts all that the year has.
 */
async function drawnThisYear(
  { order, asOfMs, drawnAtMs }: ClaimQuestion,
  { db, registry }: ClaimDependencies,
): Promise<number> {
  const newYear = civilDate(`${dateOf(drawnAtMs ?? asOfMs).slice(0, 4)}-01-01`);
  const yearEndMs = startOfDay(addMonths(newYear, 12));
  const untilMs = drawnAtMs === null ? Math.min(asOfMs + 1, yearEndMs) : yearEndMs;
  const { taxId } = vendorOf(order, registry.view);
  const entries = [...registry.view.vendors()].filter((v) => v.taxId === taxId);
  const ids = entries.map((v) => v.vendorId);
  const drawn = await drawnByVendors(db, ids, startOfDay(newYear), untilMs);
  return drawn
    .filter((s) => registry.view.order(s.orderId)?.programme === order.programme)
    .reduce((sum, s) => sum + s.amountTwd, 0);
}

function vendorOf({ vendorId }: Order, registry: RegistryView): Vendor {
  const vendor = registry.vendor(vendorId);
  if (vendor !== undefined) return vendor;
  throw new FlowproofError('internal_error', 'An order names a vendor that is not registered.');
}
