import type { FastifyReply, FastifyRequest } from 'fastify';
import { FlowproofError } from '../core/errors.ts';

/**
 * The form that an answer is given in: of those offered, the one that `Accept` weighs highest; where
 * it weighs several alike, or is absent, the one offered first [RFC 9110 12.5.1]. Tells caches that
 * the answer depends on it.
 * @throws FlowproofError `not_acceptable` where none is admitted
 */
export function formOf<Form extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  offered: readonly Form[],
): Form {
  reply.header('vary', 'accept');
  const ranges = rangesOf(request.headers.accept ?? '*/*');
  let [best, bestWeight] = [undefined as Form | undefined, 0];
  for (const form of offered) {
    const weight = weightOf(form, ranges);
    if (weight > bestWeight) [best, bestWeight] = [form, weight];
  }
  if (best !== undefined) return best;
  throw new FlowproofError('not_acceptable', `Accept ${offered.join(', ')}.`);
}

interface Range {
  // Such as "text/csv", "text/*" or "*/*", in lower case.
  readonly types: string;
  /** 0 = not wanted, to 1. */
  readonly weight: number;
}

function rangesOf(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [types = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    return { types, weight: q === undefined ? 1 : weightIn(q.slice(2)) };
  });
}

/** A weight that cannot be read is none. */
function weightIn(text: string): number {
  return WEIGHT.test(text) ? Number(text) : 0;
}

const WEIGHT = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/;

/** The narrowest range that admits the form decides, also where it refuses it. */
function weightOf(form: string, ranges: readonly Range[]): number {
  for (const types of [form, `${form.split('/')[0]}/*`, '*/*']) {
    const weights = ranges.filter((range) => range.types === types).map((range) => range.weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
