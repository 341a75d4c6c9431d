import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS, FlowproofError, toProblem } from '../../core/errors.ts';

const SECRET = 'row 7 of firm 04595257';
const ROW = /^\| `([a-z_]+)` \| (\d{3}) \| (yes|no) \| (.+) \|$/gm;

describe('the catalogue and docs/errors.md', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(ROW)].map(([, code, status, retry]) => ({
    code,
    status: Number(status),
    retryable: retry === 'yes',
  }));

  it('hold the same codes with the same status and retry, in the same order (I-55)', () => {
    const known = Object.entries(ERRORS).map(([code, { status, retryable }]) => ({
      code,
      status,
      retryable,
    }));
    expect(documented).toEqual(known);
  });

  it('give every 5xx as retryable, and of 4xx only those that time mends', () => {
    const retryable = Object.entries(ERRORS).filter(([, entry]) => entry.retryable);
    expect(retryable.map(([code]) => code)).toEqual([
      'request_timeout',
      'over_quota',
      'internal_error',
      'ingest_unavailable',
      'store_unavailable',
      'render_busy',
      'shutting_down',
    ]);
  });
});

describe('toProblem', () => {
  it('answers an unknown error as internal_error without any of its text (I-56)', () => {
    for (const thrown of [
      new Error(SECRET),
      new TypeError(SECRET),
      SECRET,
      { detail: SECRET },
      null,
    ]) {
      const problem = toProblem(thrown, '/v1/orders');
      expect(problem).toMatchObject({
        status: 500,
        code: 'internal_error',
        instance: '/v1/orders',
      });
      expect(JSON.stringify(problem)).not.toContain(SECRET);
    }
  });

  it('has the six members of RFC 9457 and code, and nothing else unless asked', () => {
    expect(toProblem(new FlowproofError('not_found', 'No such order.'), '/v1/orders/x')).toEqual({
      type: 'urn:flowproof:error:not_found',
      title: 'Not found',
      status: 404,
      detail: 'No such order.',
      code: 'not_found',
      instance: '/v1/orders/x',
    });
  });

  it('carries extra members, which cannot replace the standard ones', () => {
    const extra = { reasons: [{ code: 'too_early' }], status: 200, code: 'fine' };
    const problem = toProblem(new FlowproofError('not_eligible', 'Too early.', { extra }), '/c');
    expect(problem).toMatchObject({ status: 409, code: 'not_eligible', reasons: extra.reasons });
  });
});

describe('internal text', () => {
  const error = new FlowproofError('store_unavailable', 'The store does not answer.', {
    internal: SECRET,
    cause: new Error(SECRET),
    retryAfterS: 5,
  });

  it('is there for the log', () => {
    expect(error.internal).toBe(SECRET);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.retryAfterS).toBe(5);
    expect(error.status).toBe(503);
  });

  it.each([
    ['the problem', toProblem(error, '/x')],
    ['the error', error],
    ['a copy of it', { ...error }],
    ['an answer that holds it', { error }],
    ['its text', String(error)],
  ])('never serialises with %s', (_, shown) => {
    expect(JSON.stringify(shown)).not.toContain(SECRET);
  });
});
