import { z } from 'zod';

/**
 * Normal flow (常態流量): the least usage per cycle that a solution declares for one user firm
 * [002 註6, 雲端服務常態流量檢核標準].
 */

/** Interactions (工作互動數) that every solution has [002 註6]. */
const STANDARD_INTERACTIONS = ['create', 'update', 'delete', 'query', 'browse', 'click'] as const;
export const LOGIN = 'login';

export const metricSchema = z.enum(['logins', 'interactions', 'activeUsers']);
export type Metric = z.infer<typeof metricSchema>;
export const perSchema = z.enum(['day', 'week', 'month']);
export type Per = z.infer<typeof perSchema>;

const CYCLE_VALUE_MAX = 1_000_000_000;

export const criterionSchema = z
  .strictObject({
    metric: metricSchema,
    actions: z.array(z.string().min(1).max(64)).min(1).max(64).optional(),
    per: perSchema,
    atLeast: z.int().min(1).max(CYCLE_VALUE_MAX),
    in: z.int().min(1).max(31).optional(),
  })
  .refine((c) => c.actions === undefined || c.metric === 'interactions', {
    message: 'actions goes with the metric interactions only',
    path: ['actions'],
  });
export type Criterion = z.infer<typeof criterionSchema>;

/** Criteria of one rule: a month's counts then have a bit each in one 32-bit number. */
export const CRITERIA_MAX = 16;
const criteriaSchema = z.array(criterionSchema).min(1).max(CRITERIA_MAX);
export const normalFlowSchema = z.union([
  z.strictObject({ allOf: criteriaSchema }),
  z.strictObject({ anyOf: criteriaSchema }),
]);
export type NormalFlow = z.infer<typeof normalFlowSchema>;

export function criteriaOf(rule: NormalFlow): readonly Criterion[] {
  return 'allOf' in rule ? rule.allOf : rule.anyOf;
}

/** What the rule is measured on: the six standard interactions and those a version declares. */
export function interactionsOf(version: { readonly interactions: readonly string[] }): string[] {
  return [...new Set([...STANDARD_INTERACTIONS, ...version.interactions])];
}

/** Faults of a declaration that its shape alone does not show; empty when there are none. */
export function ruleFaults(rule: NormalFlow, interactions: readonly string[]): string[] {
  const known = new Set(interactionsOf({ interactions }));
  return criteriaOf(rule).flatMap((c, i) =>
    (c.actions ?? [])
      .filter((action) => !known.has(action))
      .map(
        (action) => `criterion ${i + 1} counts "${action}", which the solution does not declare`,
      ),
  );
}

/** A day cycle without `in` asks every calendar day, holidays included: admitted with a warning. */
export function ruleWarnings(rule: NormalFlow): string[] {
  return criteriaOf(rule).flatMap((c, i) =>
    c.per === 'day' && c.in === undefined
      ? [`criterion ${i + 1} asks every calendar day of the month, holidays included`]
      : [],
  );
}
