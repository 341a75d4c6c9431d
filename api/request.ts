import type { FastifyRequest } from 'fastify';
import { FlowproofError } from '../core/errors.ts';
import type { Order, RegistryView } from '../core/registry.ts';
import { ROUTES, type RouteName } from '../core/routes.ts';
import { LAST_MS, parseCivilDate, parseInstant, startOfDay } from '../core/time.ts';
import type { KeyOwner } from '../store/liveKeys.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on open routes. */
    owner: KeyOwner | null;
    /** The clock of this request, ms: the server's, or with a simulated clock its own. */
    nowMs: number;
    /**
     * The clock is simulated and the request brought none: an asOf beyond the wall clock moves the
     * request's clock to it.
     */
    clockIsFree: boolean;
  }
  interface FastifyContextConfig {
    /** The row of the route table; a route without one cannot be registered. */
    route?: RouteName;
  }
}

/** Method, path and place in the route table of a route. */
export function at(name: RouteName) {
  const { method, path } = ROUTES[name];
  return { method, url: path, config: { route: name } };
}

export function ownerOf(request: FastifyRequest): KeyOwner {
  if (request.owner === null) throw new FlowproofError('unauthenticated', MISSING_KEY);
  return request.owner;
}

/** asOf of a query or body: a date is its 00:00 in Taipei, absent is the clock of the request. */
export function asOfOf(text: string | null | undefined, request: FastifyRequest): number {
  if (text === undefined || text === null) return request.nowMs;
  const date = parseCivilDate(text);
  const asOfMs = date === undefined ? parseInstant(text) : startOfDay(date);
  if (asOfMs === undefined) {
    const mend = 'asOf is a date such as 2023-05-01 or an RFC 3339 time with an offset.';
    throw new FlowproofError('invalid_request', mend);
  }
  if (asOfMs <= request.nowMs) return asOfMs;
  if (!request.clockIsFree || asOfMs >= LAST_MS) {
    throw new FlowproofError('as_of_in_future', 'asOf may be at most the present instant.');
  }
  request.nowMs = asOfMs;
  return asOfMs;
}

/** The order, if the caller may see it: a foreign one answers exactly as an absent one. */
export function visibleOrder(
  orderId: string,
  request: FastifyRequest,
  registry: RegistryView,
): Order {
  const order = registry.order(orderId);
  if (order === undefined || !maySee(order, ownerOf(request))) throw notFound();
  return order;
}

export function maySee(order: Order, owner: KeyOwner): boolean {
  if (owner.role === 'vendor') return order.vendorId === owner.vendorId;
  if (owner.role === 'sme') return order.smeId === owner.smeId;
  return true;
}

export function notFound(): FlowproofError {
  return new FlowproofError('not_found', 'There is nothing here that the key may see.');
}

export const MISSING_KEY = 'Send a valid key as "Authorization: Bearer <key>".';
