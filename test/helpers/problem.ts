import { expect } from 'vitest';
import { ERRORS, type ErrorCode } from '../../core/errors.ts';
import type { Answer } from './app.ts';

const INTERNAL = /node_modules|\.ts:\d|\n\s+at |SELECT|INSERT|_v1\b|clickhouse|chdb|ioredis|zod/i;

/** Holds an answer to be the problem document of a code, and nothing internal; gives its detail. */
export function expectProblem(answer: Answer, code: ErrorCode, path: string): string {
  const { status, title } = ERRORS[code];
  expect(`${answer.status} ${answer.text}`).toContain(`"code":"${code}"`);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
  const problem = answer.json<{ detail: string }>();
  expect(problem).toMatchObject({
    type: `urn:flowproof:error:${code}`,
    title,
    status,
    code,
    instance: path,
    detail: expect.any(String),
  });
  expect(problem.detail).not.toBe('');
  expect(answer.text).not.toMatch(INTERNAL);
  return problem.detail;
}
