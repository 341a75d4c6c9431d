import { describe, expect, it } from 'vitest';
import {
  criterionSchema,
  interactionsOf,
  normalFlowSchema,
  ruleFaults,
  ruleWarnings,
} from '../../core/normalFlow.ts';

const criterion = { metric: 'interactions', per: 'week', atLeast: 1 };
const admitted = (fields: object) =>
  normalFlowSchema.safeParse({ allOf: [{ ...criterion, ...fields }] }).success;

describe('a declared rule', () => {
  it.each([
    [{ atLeast: 0 }, false],
    [{ atLeast: 1 }, true],
    [{ atLeast: 1.5 }, false],
    [{ atLeast: '1' }, false],
    [{ in: 0 }, false],
    [{ in: 1 }, true],
    [{ in: 31 }, true],
    [{ in: 32 }, false],
    [{ per: 'day' }, true],
    [{ per: 'month' }, true],
    [{ per: 'year' }, false],
    [{ per: '' }, false],
    [{ metric: 'logins' }, true],
    [{ metric: 'activeUsers' }, true],
    [{ metric: 'events' }, false],
    [{ metric: '' }, false],
    [{ actions: [] }, false],
    [{ actions: ['print'] }, true],
    [{ metric: 'logins', actions: ['print'] }, false],
    [{ metric: 'activeUsers', actions: ['print'] }, false],
    [{ weight: 1 }, false],
  ])('with %j is admitted: %s', (fields, want) => {
    expect(admitted(fields)).toBe(want);
  });

  it.each([
    [{}],
    [{ allOf: [] }],
    [{ anyOf: [] }],
    [{ allOf: [criterion], anyOf: [criterion] }],
    [{ allOf: Array.from({ length: 17 }, () => criterion) }],
  ])('is refused as %j', (rule) => {
    expect(normalFlowSchema.safeParse(rule).success).toBe(false);
  });

  it('may name only actions that the solution declares, and the standard ones', () => {
    const rule = {
      allOf: [
        { metric: 'interactions', per: 'week', atLeast: 1, actions: ['create', 'print', 'fax'] },
      ],
    };
    expect(ruleFaults(normalFlowSchema.parse(rule), ['print'])).toEqual([
      expect.stringContaining('criterion 1 counts "fax"'),
    ]);
    expect(ruleFaults(normalFlowSchema.parse(rule), ['print', 'fax'])).toEqual([]);
  });

  it('that narrows another metric than interactions is refused at its actions', () => {
    const answer = criterionSchema.safeParse({
      ...criterion,
      metric: 'logins',
      actions: ['print'],
    });
    expect(answer.error?.issues).toEqual([
      expect.objectContaining({
        path: ['actions'],
        message: 'actions goes with the metric interactions only',
      }),
    ]);
  });

  it('is warned of where it asks every calendar day', () => {
    const daily = (fields: object) =>
      normalFlowSchema.parse({
        anyOf: [{ ...criterion }, { ...criterion, per: 'day', ...fields }],
      });
    expect(ruleWarnings(daily({}))).toEqual([expect.stringContaining('criterion 2')]);
    expect(ruleWarnings(daily({ in: 20 }))).toEqual([]);
  });
});

describe('interactions', () => {
  it('are the six standard ones and the declared ones, each once, and never the login', () => {
    const six = ['create', 'update', 'delete', 'query', 'browse', 'click'];
    expect(interactionsOf({ interactions: [] })).toEqual(six);
    expect(interactionsOf({ interactions: ['print', 'click'] })).toEqual([...six, 'print']);
    expect(interactionsOf({ interactions: [] })).not.toContain('login');
  });
});
