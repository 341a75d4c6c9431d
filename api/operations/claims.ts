import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Instalment } from '../../core/claim.ts';
import { FlowproofError } from '../../core/errors.ts';
import { drawingOf } from '../../core/programmes/drawing.ts';
import { formatInstant } from '../../core/time.ts';
import { type DrawnStatement, insertStatement, statementsOf } from '../../store/statements.ts';
import { claimSchema, statementSchema } from '../answers.ts';
import { type ClaimOnMonths, claimOf } from '../claims.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { drawnClaimOf, drawnMonth } from '../drawn.ts';
import { pageOf, pageQuery, pageSchema } from '../pages.ts';
import { asOfOf, at, ownerOf, visibleOrder } from '../request.ts';
import { settlingInstant } from '../settling.ts';

/** The reimbursement of an order, and the statements drawn of it. */
export function registerClaims(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.route({
    ...at('getClaim'),
    schema: {
      summary: 'What an instalment pays as of a day, and why',
      params: orderParams,
      querystring: z.strictObject({
        instalment: z.enum(['1', '2']),
        asOf: z.string().optional(),
      }),
      response: { 200: claimSchema },
    },
    handler: async (request) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const asOfMs = asOfOf(request.query.asOf, request);
      const instalment = request.query.instalment === '1' ? 1 : 2;
      return (await claimOf({ order, instalment, asOfMs, drawnAtMs: null }, deps)).claim;
    },
  });
  app.route({
    ...at('drawClaim'),
    schema: {
      summary: 'Draw the statement of an instalment; 409 with the reasons where it may not be',
      params: orderParams,
      body: z.strictObject({
        instalment: z.union([z.literal(1), z.literal(2)]),
        asOf: z.string().nullish(),
      }),
      response: { 201: statementSchema },
    },
    handler: async (request, reply) => {
      const asked = { ...request.params, ...request.body };
      // What cannot be found waits for no turn.
      visibleOrder(asked.orderId, request, deps.registry.view);
      asOfOf(asked.asOf, request);
      const statement = await deps.settling.run(() =>
        deps.registry.unchanged(() => draw(asked, request, deps)),
      );
      return reply.code(201).send(toBody(statement));
    },
  });
  app.route({
    ...at('listStatements'),
    schema: {
      summary: 'Statements drawn of an order',
      params: orderParams,
      querystring: pageQuery,
      response: { 200: pageSchema(statementSchema) },
    },
    handler: async (request) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const statements = await statementsOf(deps.db, [order.orderId]);
      const place = new Map(statements.map((s, i) => [s, String(i).padStart(6, '0')]));
      const page = pageOf(statements, (s) => place.get(s) ?? '', request.query);
      return { items: page.items.map(toBody), nextCursor: page.nextCursor };
    },
  });
}

const orderParams = z.object({ orderId: z.string() });

interface Asked {
  readonly orderId: string;
  readonly instalment: Instalment;
  readonly asOf?: string | null | undefined;
}

/**
 * One at a time, by the order as it stands in its turn: what one draws, the next one counts, and
 * nothing that is entered, sealed or said before it is left out.
 */
async function draw(
  { orderId, instalment, asOf }: Asked,
  request: FastifyRequest,
  deps: ApiDependencies,
): Promise<DrawnStatement> {
  const order = visibleOrder(orderId, request, deps.registry.view);
  const asOfMs = asOfOf(asOf, request);
  const before = await statementsOf(deps.db, [orderId]);
  const drawnAtMs = instantAfter(await settlingInstant(orderId, request, deps), before);
  const onMonths = await claimOf({ order, instalment, asOfMs, drawnAtMs }, deps);
  const { vendorId } = order;
  const statementId = deps.random.id();
  const drawnBy = ownerOf(request).keyId;
  const made = { statementId, vendorId, drawnBy, asOfMs, drawnAtMs };
  const statement = drawnFrom(onMonths, made, before);
  await insertStatement(deps.db, statement);
  return statement;
}

/** No two statements of an order have one instant: their order is that of their drawing. */
function instantAfter(nowMs: number, before: readonly Pick<DrawnStatement, 'drawnAtMs'>[]): number {
  const taken = new Set(before.map((s) => s.drawnAtMs));
  let instant = nowMs;
  while (taken.has(instant)) instant += 1;
  return instant;
}

/**
 * The statement of a claim, with the months that it is drawn on; throws 409 with the reasons where
 * nothing may be drawn, and with the instalment's last statement where it is drawn: who lost the
 * answer of a draw finds there what came of it.
 */
function drawnFrom(
  { claim, months }: ClaimOnMonths,
  made: Pick<DrawnStatement, 'statementId' | 'vendorId' | 'drawnBy' | 'asOfMs' | 'drawnAtMs'>,
  before: readonly DrawnStatement[],
): DrawnStatement {
  const kind = drawingOf(claim);
  if (kind === null) {
    const detail = claim.reasons.map((r) => `${r.code}: ${r.detail}`).join('; ');
    const { reasons } = claim;
    const isDrawn = reasons.some((r) => r.code === 'already_drawn');
    const last = before.findLast((s) => s.instalment === claim.instalment);
    const extra = isDrawn && last ? { reasons, statementId: last.statementId } : { reasons };
    throw new FlowproofError('not_eligible', detail, { extra });
  }
  const { orderId, instalment, amountTwd } = claim;
  return {
    ...made,
    orderId,
    kind,
    instalment,
    amountTwd,
    claim: JSON.stringify({ ...claim, months: months.map(drawnMonth) }),
  };
}

function toBody(statement: DrawnStatement) {
  const { statementId, kind, drawnAtMs } = statement;
  const claim = drawnClaimOf(statement);
  return { ...claim, statementId, kind, drawnAt: formatInstant(drawnAtMs) };
}
