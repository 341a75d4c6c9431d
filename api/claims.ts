import type { Claim, Instalment, Statement } from '../core/claim.ts';
import { FlowproofError } from '../core/errors.ts';
import { knowsInstalment, programmeOf } from '../core/programmes/index.ts';
import type { Order } from '../core/registry.ts';
import { addMonths, civilDate, dateOf, startOfDay } from '../core/time.ts';
import { drawnByVendor, statementsOf } from '../store/statements.ts';
import type { ApiDependencies } from './dependencies.ts';

export interface ClaimQuestion {
  readonly order: Order;
  readonly instalment: Instalment;
  readonly asOfMs: number;
  /** The instant in whose calendar year the vendor's ceiling is looked at, until itself. */
  readonly drawingMs: number;
  /** Statements that count. */
  readonly counts: (statement: Statement) => boolean;
}

/** Gathers what a claim is computed from and computes it; 404 where the programme has none. */
export async function claimOf(
  question: ClaimQuestion,
  deps: Pick<ApiDependencies, 'db' | 'registry' | 'months'>,
): Promise<Claim> {
  const { order, instalment, asOfMs } = question;
  const programme = programmeOf(order.programme);
  if (programme.claim === null) {
    const detail = 'The programme pays by case, not by order.';
    throw new FlowproofError('no_claim_in_programme', detail);
  }
  if (!knowsInstalment(programme, instalment)) {
    const detail = `The programme has no instalment ${instalment}.`;
    throw new FlowproofError('no_claim_in_programme', detail);
  }
  const [answer] = await deps.months.monthsOf([order], asOfMs);
  const statements = await statementsOf(deps.db, [order.orderId]);
  return programme.claim({
    order,
    sme: { pointsIssuedOn: deps.registry.view.sme(order.smeId)?.pointsIssuedOn ?? null },
    months: answer?.months ?? [],
    instalment,
    asOfMs,
    statements: statements.filter(question.counts),
    vendorDrawnTwd: await drawnThisYear(order.vendorId, question.drawingMs, deps),
  });
}

/** By the calendar year of drawing, in Taipei [000 二(二)]. */
async function drawnThisYear(
  vendorId: string,
  drawingMs: number,
  deps: Pick<ApiDependencies, 'db'>,
): Promise<number> {
  const newYear = civilDate(`${dateOf(drawingMs).slice(0, 4)}-01-01`);
  const fromMs = startOfDay(newYear);
  const untilMs = Math.min(drawingMs + 1, startOfDay(addMonths(newYear, 12)));
  return drawnByVendor(deps.db, vendorId, fromMs, untilMs);
}
