import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { formOf } from '../../api/accept.ts';

const [JSON_TYPE, CSV] = ['application/json', 'text/csv'] as const;

function chosen(accept: string | undefined): string {
  const headers: Record<string, string> = {};
  const reply = {
    header: (name: string, value: string) => Object.assign(headers, { [name]: value }),
  };
  const request = { headers: { accept } } as FastifyRequest;
  const form = formOf(request, reply as unknown as FastifyReply, [JSON_TYPE, CSV]);
  expect(headers).toEqual({ vary: 'accept' });
  return form;
}

describe('the form of an answer', () => {
  it.each([
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['text/csv', CSV],
    ['TEXT/CSV; charset=utf-8', CSV],
    ['text/*', CSV],
    ['text/csv, application/json', JSON_TYPE],
    ['text/csv;q=0.9, application/json;q=0.8', CSV],
    ['application/json;q=0.8,text/csv;q=0.9', CSV],
    ['text/csv;q=0.5, */*;q=0.6', JSON_TYPE],
    ['text/csv, */*;q=0.1', CSV],
    ['application/json;q=0, */*', CSV],
    ['application/*;q=0.2, text/*;q=0.3', CSV],
    ['text/html, application/xhtml+xml, */*;q=0.8', JSON_TYPE],
    ['text/csv;q=1.000, application/json;q=0.999', CSV],
    ['text/csv; header=present; q=0.1, application/json;q=0.2', JSON_TYPE],
  ])('for Accept: %s is %s', (accept, expected) => {
    expect(chosen(accept)).toBe(expected);
  });

  it.each([
    'text/html',
    'application/json;q=0, text/csv;q=0',
    '*/*;q=0',
    'text/csv;q=2',
    'text/csv;q=-1',
    'text/csv;q=high',
    '',
    'text',
    'text/csvx',
  ])('for Accept: %j is none: 406', (accept) => {
    expect(() => chosen(accept)).toThrow(expect.objectContaining({ code: 'not_acceptable' }));
  });
});
