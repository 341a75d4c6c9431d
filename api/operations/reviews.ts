import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FlowproofError } from '../../core/errors.ts';
import { LOCK_RETRY_S, REOPENING_ROUNDS_MAX } from '../../core/limits.ts';
import type { MonthDecision, Seal } from '../../core/month.ts';
import type { Order } from '../../core/registry.ts';
import { type MonthReview, reviewBodySchema } from '../../core/review.ts';
import { formatInstant, LAST_MS } from '../../core/time.ts';
import { insertReview, readReviews } from '../../store/reviews.ts';
import { statementsOf } from '../../store/statements.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { monthNumberOf, monthOf } from '../months.ts';
import { asOfOf, at, notFound, ownerOf, visibleOrder } from '../request.ts';
import {
  reviewBody,
  reviewedSchema,
  revisionBody,
  revisionsSchema,
  statementsOnMonth,
} from '../reviewAnswer.ts';
import { isAfterAll, settlingInstant } from '../settling.ts';

/** What auditors say of sealed months, and everything that was ever said and sealed of one. */
export function registerReviews(scope: FastifyInstance, deps: ApiDependencies): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ orderId: z.string(), month: z.string() });
  app.route({
    ...at('postReview'),
    schema: {
      summary: 'Accept, reject or reopen a sealed month; 409 where it is not sealed',
      description:
        'An acceptance makes the month claimable, a rejection not; what was computed stays. A ' +
        'reopening counts again with everything received before it and seals the next revision, ' +
        'of which nobody has said anything yet. A month that an early end cut is reviewed again ' +
        'once it is sealed anew.',
      params,
      body: reviewBodySchema,
      response: { 201: reviewedSchema },
    },
    handler: async (request, reply) => {
      const asked = { ...request.params, ...request.body };
      const { order, review } = await reviewed(asked, request, deps);
      const { orderId, month, atMs } = review;
      const result = await monthAt(order, month, atMs, deps);
      const { revision } = sealOf(result);
      const body = { ...reviewBody(review), orderId, month, revision, result };
      return reply.code(201).send(body);
    },
  });
  app.route({
    ...at('listReviews'),
    schema: {
      summary: 'Every revision of a month side by side, its reviews, and what was drawn on it',
      description:
        'Each revision with the span that it was sealed for, also of a month that the contract has ' +
        'no more since it ended early.',
      params,
      querystring: z.strictObject({ asOf: z.string().optional() }),
      response: { 200: revisionsSchema },
    },
    handler: async (request) => {
      const order = visibleOrder(request.params.orderId, request, deps.registry.view);
      const month = monthNumberOf(request.params.month);
      const asOfMs = asOfOf(request.query.asOf, request);
      const revisions = await deps.months.revisionsOf(order, month, asOfMs);
      // What was sealed, and paid, of a month stays to be read where an early end took it away.
      if (revisions.length === 0) monthOf(order, request.params.month);
      const statements = await statementsOf(deps.db, [order.orderId]);
      const drawn = statements.filter((s) => s.drawnAtMs <= asOfMs);
      return {
        orderId: order.orderId,
        month,
        asOf: formatInstant(asOfMs),
        revisions: revisions.map(revisionBody),
        statements: statementsOnMonth(drawn, month),
      };
    },
  });
}

interface Asked extends Pick<MonthReview, 'orderId' | 'decision' | 'reason'> {
  readonly month: string;
}

/** A review, and the order that it was made on. */
interface Reviewed {
  readonly order: Order;
  readonly review: MonthReview;
}

/** Made in its turn, by the order as it stands then. */
async function reviewed(
  asked: Asked,
  request: FastifyRequest,
  deps: ApiDependencies,
): Promise<Reviewed> {
  const { orderId } = asked;
  const instantMs = () => settlingInstant(orderId, request, deps);
  // What cannot be found waits for no turn.
  askedMonth(asked, request, deps);
  if (asked.decision !== 'reopen') {
    return deps.settling.run(async () => settle(asked, await instantMs(), request, deps));
  }
  for (let round = 0; round < REOPENING_ROUNDS_MAX; round += 1) {
    const atMs = await instantMs();
    // Outside of the lock: a store that is behind keeps no draw waiting.
    await deps.reopener.awaitStored(atMs);
    const made = await deps.settling.run(async () =>
      (await isAfterAll(orderId, atMs, deps)) ? settle(asked, atMs, request, deps) : null,
    );
    if (made !== null) return made;
    // The order was drawn or reviewed while it waited: the reopening is made behind that.
  }
  const detail = 'The order is being drawn or reviewed; try again.';
  throw new FlowproofError('store_unavailable', detail, { retryAfterS: LOCK_RETRY_S });
}

/** The review comes first, and a reopening exists from its seal on: a crash between leaves none. */
async function settle(
  asked: Asked,
  atMs: number,
  request: FastifyRequest,
  deps: ApiDependencies,
): Promise<Reviewed> {
  const { order, month } = askedMonth(asked, request, deps);
  const { orderId, decision, reason } = asked;
  const { revision } = sealOf(await monthAt(order, month, atMs, deps));
  const known = await readReviews(deps.db, [orderId], LAST_MS);
  const number = known.filter((r) => r.month === month).length + 1;
  const reviewId = deps.random.id();
  const by = ownerOf(request).keyId;
  const review = { reviewId, orderId, month, revision, number, decision, reason, by, atMs };
  await insertReview(deps.db, review);
  if (decision === 'reopen') await deps.reopener.reopen({ order, month, reviewId, atMs });
  return { order, review };
}

function askedMonth(
  asked: Asked,
  request: FastifyRequest,
  deps: Pick<ApiDependencies, 'registry'>,
) {
  const order = visibleOrder(asked.orderId, request, deps.registry.view);
  return { order, month: monthOf(order, asked.month).month };
}

async function monthAt(
  order: Order,
  month: number,
  asOfMs: number,
  deps: Pick<ApiDependencies, 'months'>,
): Promise<MonthDecision> {
  const [answer] = await deps.months.monthsOf([order], asOfMs);
  const found = answer?.months[month - 1];
  if (found === undefined) throw notFound();
  return found;
}

function sealOf({ seal }: MonthDecision): Seal {
  if (seal !== null) return seal;
  throw new FlowproofError(
    'not_sealed',
    'Only a sealed month is reviewed: ask for a verification.',
  );
}
