import { CASE_PROGRAMME, endOfCheckpoint, ordersOfCase, periodOf } from '../core/cases.ts';
import { grouped } from '../core/grouped.ts';
import { ROSTER_ORDERS_PER_QUERY_MAX } from '../core/limits.ts';
import { interactionsOf } from '../core/normalFlow.ts';
import type { MonthReader, RosterReader } from '../core/ports.ts';
import type { Case, RegistryView } from '../core/registry.ts';
import { type Roster, rosterOf } from '../core/roster.ts';
import { type CaseOrder, type FlowSpan, flowSpans, type OrderFlow } from '../core/rosterFlow.ts';
import { dateOf, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { countFlows } from '../store/flows.ts';
import { planOrder } from './plans.ts';

/**
 * The flow roster of a case at any instant: the months as they are judged or sealed, the total flow
 * counted from the log. Nothing is written; a read that fails throws.
 */
export class Rosters implements RosterReader {
  readonly #db: Database;
  readonly #registry: RegistryView;
  readonly #months: MonthReader;

  constructor(db: Database, registry: RegistryView, months: MonthReader) {
    this.#db = db;
    this.#registry = registry;
    this.#months = months;
  }

  async rosterOf(theCase: Case, asOfMs: number): Promise<Roster> {
    const found = ordersOfCase(theCase.caseId, this.#registry);
    const answers = await this.#months.monthsOf(found, asOfMs);
    // What was sealed goes by its seals, whatever was registered since; late events that were
    // admitted count in a month that an early end has cut too, before it is sealed anew.
    const terms = await this.#months.termsOfAll(found, asOfMs);
    const orders = answers.map(({ order, months }, i): CaseOrder => {
      const { solution } = planOrder(order, this.#registry);
      const its = terms[i];
      if (its === undefined) throw new RangeError(`order ${order.orderId} has no terms`);
      return { order, solution, months, terms: its };
    });
    const flows = await this.#flowsOf(theCase, orders, asOfMs);
    const flowOf = (orderId: string) => flows.get(orderId) ?? NO_FLOW;
    return rosterOf({ theCase, orders, flowOf, registry: this.#registry, asOfMs });
  }

  async #flowsOf(
    theCase: Case,
    orders: readonly CaseOrder[],
    asOfMs: number,
  ): Promise<Map<string, OrderFlow>> {
    const stageEnds = CASE_PROGRAMME.cases.checkpoints.map(endOfCheckpoint);
    const spans = flowSpans(orders, periodOf(theCase), stageEnds, asOfMs);
    const flows = new Map<string, OrderFlow>();
    for (const [solutionId, its] of grouped(spans, (s) => s.version.solutionId)) {
      const byOrder = [...grouped(its, (s) => s.orderId)];
      for (let i = 0; i < byOrder.length; i += ROSTER_ORDERS_PER_QUERY_MAX) {
        const piece = byOrder.slice(i, i + ROSTER_ORDERS_PER_QUERY_MAX);
        const question = { solutionId, stages: stageEnds.length, ...asked(piece) };
        for (const { order, stages, firstMs } of await countFlows(this.#db, question)) {
          const orderId = piece[order]?.[0];
          if (orderId === undefined) throw new RangeError('a flow of no order was answered');
          flows.set(orderId, { stages, firstUsedOn: dateOf(firstMs) });
        }
      }
    }
    return flows;
  }
}

/** An order without counted use. */
const NO_FLOW: OrderFlow = { stages: [], firstUsedOn: null };

function asked(piece: readonly (readonly [string, readonly FlowSpan[]])[]) {
  const versions = [
    ...grouped(
      piece.flatMap(([, spans]) => spans),
      (s) => s.version.effectiveFrom,
    ),
  ];
  const places = new Map(
    versions.map(([effectiveFrom], place) => [effectiveFrom as string, place]),
  );
  const windows = piece.flatMap(([, spans], order) =>
    spans.map((s) => ({
      smeId: s.smeId,
      order,
      stage: s.stage,
      version: places.get(s.version.effectiveFrom) ?? 0,
      startMs: startOfDay(s.start),
      endExclusiveMs: startOfDay(s.endExclusive),
      receivedBeforeMs: s.receivedBeforeMs,
    })),
  );
  const interactions = versions.map(([, [first]]) => (first ? interactionsOf(first.version) : []));
  return { windows, interactions };
}
