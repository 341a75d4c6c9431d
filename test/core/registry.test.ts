import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  caseBodySchema,
  civilDateSchema,
  orderBodySchema,
  orderOf,
  registryIdSchema,
  smeBodySchema,
  solutionBodySchema,
  vendorBodySchema,
  versionInForce,
} from '../../core/registry.ts';
import { civilDate } from '../../core/time.ts';

const text = (length: number) => 'x'.repeat(length);
const texts = (count: number) => Array.from({ length: count }, (_, i) => `a${i}`);

const VENDOR = { name: 'V', taxId: '12345675' };
const SME = { name: 'S' };
const SOLUTION = {
  vendorId: 'v',
  name: 'S',
  usagePlan: 'use',
  interactions: ['print'],
  normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 2 }] },
  effectiveFrom: '2023-01-01',
};
const ORDER = {
  programme: 'tcloud-2023',
  vendorId: 'v',
  solutionId: 's',
  smeId: '12345675',
  contractStart: '2023-04-15',
  contractMonths: 6,
  priceTwd: 24_000,
  pointsTwd: 12_000,
};
const CASE = {
  name: 'C',
  kind: 'popular',
  periodStart: '2023-03-01',
  periodEnd: '2023-12-01',
  totalFlowTarget: { metric: 'logins', count: 100 },
};

/** A body with one field changed is admitted as it is written, or refused. */
function admits(schema: z.ZodType, body: object, is: boolean): void {
  const parsed = schema.safeParse(body);
  expect(parsed.success ? parsed.data : 'refused').toEqual(is ? body : 'refused');
}

describe('the body of an entry', () => {
  it.each([
    ['vendor', vendorBodySchema, VENDOR],
    ['firm', smeBodySchema, SME],
    ['solution', solutionBodySchema, SOLUTION],
    ['order', orderBodySchema, ORDER],
    ['case', caseBodySchema, CASE],
  ])(
    'of a %s is taken as it is, and refused with a field that it does not have',
    (_, schema, body) => {
      admits(schema, body, true);
      admits(schema, { ...body, extra: 1 }, false);
      admits(schema, { ...body, name: '' }, false);
    },
  );

  it.each([
    ['', false],
    ['1234567', false],
    ['12345675', true],
    ['123456750', false],
    ['1234567x', false],
  ])('names a unified business number by 8 digits: "%s" %s', (taxId, is) => {
    admits(vendorBodySchema, { ...VENDOR, taxId }, is);
    admits(orderBodySchema, { ...ORDER, smeId: taxId }, is);
  });

  it.each([
    [1, true],
    [200, true],
    [201, false],
  ])('has a name of %d characters: %s', (length, is) => {
    admits(smeBodySchema, { name: text(length) }, is);
  });

  it('has its names and plans without spaces around them, and no name of spaces alone', () => {
    expect(smeBodySchema.parse({ name: ' a b ' })).toEqual({ name: 'a b' });
    admits(smeBodySchema, { name: '  ' }, false);
    const { usagePlan } = solutionBodySchema.parse({ ...SOLUTION, usagePlan: ' p ' });
    expect(usagePlan).toBe('p');
  });

  it.each([
    ['a', true],
    ['9._-Z', true],
    [text(64), true],
    ['', false],
    ['.a', false],
    ['a b', false],
    ['a!', false],
    [text(65), false],
  ])('names others by an id: "%s" %s', (vendorId, is) => {
    admits(solutionBodySchema, { ...SOLUTION, vendorId }, is);
  });

  it.each([
    ['1999-12-31', false],
    ['2000-01-01', true],
    ['2199-12-31', true],
    ['2200-01-01', false],
    ['2023-02-29', false],
    ['2023-1-1', false],
  ])('has days of the calendar from 2000 to 2199: %s %s', (effectiveFrom, is) => {
    admits(solutionBodySchema, { ...SOLUTION, effectiveFrom }, is);
  });

  it.each([
    ['a day', civilDateSchema, '2023-02-29', 'not a calendar day YYYY-MM-DD'],
    ['a far day', civilDateSchema, '2200-01-01', 'not between 2000-01-01 and 2199-12-31'],
    ['an id', registryIdSchema, '.', '1 to 64 letters, digits, dots, dashes or underscores'],
    ['a number', vendorBodySchema.shape.taxId, '1', '8 digits'],
  ])('says of %s what is asked', (_, schema, value, message) => {
    expect(schema.safeParse(value).error?.issues.map((i) => i.message)).toContain(message);
  });

  it('describes a day as a date', () => {
    expect(civilDateSchema.meta()).toEqual({ format: 'date' });
  });
});

describe('the body of a solution', () => {
  it.each([
    ['no plan', { usagePlan: '' }, true],
    ['the longest plan', { usagePlan: text(2_000) }, true],
    ['a longer plan', { usagePlan: text(2_001) }, false],
    ['no further action', { interactions: [] }, true],
    ['an action without a name', { interactions: [''] }, false],
    ['the shortest and the longest name', { interactions: ['a', text(64)] }, true],
    ['a longer name', { interactions: [text(65)] }, false],
    ['the most actions', { interactions: texts(64) }, true],
    ['one action more', { interactions: texts(65) }, false],
    ['a day of listing', { listedFrom: '2023-01-01' }, true],
    ['no day of listing', { listedFrom: null }, true],
  ])('with %s', (_, fields, is) => {
    admits(solutionBodySchema, { ...SOLUTION, ...fields }, is);
  });
});

describe('the body of an order', () => {
  const date = '2023-06-01';

  it.each([
    ['no month', { contractMonths: 0 }, false],
    ['one month', { contractMonths: 1 }, true],
    ['the most months', { contractMonths: 60 }, true],
    ['one month more', { contractMonths: 61 }, false],
    ['no money', { priceTwd: 0, pointsTwd: 0 }, true],
    ['less than none', { priceTwd: -1 }, false],
    ['half a dollar', { pointsTwd: 0.5 }, false],
    ['the most money', { priceTwd: 1_000_000_000 }, true],
    ['a dollar more', { priceTwd: 1_000_000_001 }, false],
    ['a closure', { closure: { date, proof: 'p' } }, true],
    ['the longest proof', { closure: { date, proof: text(500) } }, true],
    ['a longer proof', { closure: { date, proof: text(501) } }, false],
    ['no proof', { closure: { date, proof: '' } }, false],
    ['more in a closure', { closure: { date, proof: 'p', by: 'b' } }, false],
    ['a termination', { termination: { date, reason: 'r' } }, true],
    ['the longest reason', { termination: { date, reason: text(500) } }, true],
    ['a longer reason', { termination: { date, reason: text(501) } }, false],
    ['no reason', { termination: { date, reason: '' } }, false],
    ['more in a termination', { termination: { date, reason: 'r', by: 'b' } }, false],
    ['nothing that may be null', { closure: null, termination: null, caseId: null }, true],
    ['the most attachments', { attachments: texts(32) }, true],
    ['one attachment more', { attachments: texts(33) }, false],
    ['the shortest and the longest attachment', { attachments: ['a', text(64)] }, true],
    ['a longer attachment', { attachments: [text(65)] }, false],
    ['an attachment without a name', { attachments: [''] }, false],
    ['another programme', { programme: 'none' }, false],
  ])('with %s', (_, fields, is) => {
    admits(orderBodySchema, { ...ORDER, ...fields }, is);
  });

  it('is an order with null for what it does not have, and with what it has', () => {
    const few = orderBodySchema.parse(ORDER);
    const none = { closure: null, termination: null, caseId: null, attachments: [] };
    expect(orderOf('o', few)).toEqual({ orderId: 'o', ...ORDER, ...none });
    const all = {
      closure: { date, proof: 'p' },
      termination: { date, reason: 'r' },
      caseId: 'c',
      attachments: ['self-payment'],
    };
    const many = orderBodySchema.parse({ ...ORDER, ...all });
    expect(orderOf('o', many)).toEqual({ orderId: 'o', ...ORDER, ...all });
  });
});

describe('the body of a case', () => {
  const target = (metric: string, count: number, more: object = {}) => ({
    totalFlowTarget: { metric, count, ...more },
  });

  it.each([
    ['the other kind', { kind: 'inclusive' }, true],
    ['no such kind', { kind: '' }, false],
    ['a target of logins', target('logins', 1), true],
    ['a target of interactions', target('interactions', 2), true],
    ['a target of people', target('activeUsers', 1), true],
    ['a target of nothing', target('', 1), false],
    ['a target of none', target('logins', 0), false],
    ['more in a target', target('logins', 1, { per: 'day' }), false],
  ])('with %s', (_, fields, is) => {
    admits(caseBodySchema, { ...CASE, ...fields }, is);
  });
});

describe('a solution without a version', () => {
  it('is an error and no rule', () => {
    const none = { solutionId: 's', vendorId: 'v', name: 'S', listedFrom: null, versions: [] };
    expect(() => versionInForce(none, civilDate('2023-01-01'))).toThrow(
      new RangeError('solution s has no version'),
    );
  });
});
