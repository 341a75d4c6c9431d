import { z } from 'zod';
import { BEYOND_EXCLUSIONS } from '../core/beyond.ts';
import { EXPLAINED_EXCLUSIONS } from '../core/exclusion.ts';
import { criterionResultSchema, monthSchema, monthsSchema } from './answers.ts';

/** The shape of an explanation: the month as the months answer it, and why. */
const count = z.int().min(0);
/** The path of a list of events; null where the key may not read it. */
const rows = z.string().nullable();
const sample = z.array(z.string()).readonly();

/** Null where a week counts in its days of a neighbouring month what that month counts. */
const beyondSchema = z.object({
  days: z.object({ from: z.string(), to: z.string() }),
  excluded: z.array(z.object({ reason: z.enum(BEYOND_EXCLUSIONS), count, sample })).readonly(),
  admitted: z.object({ count, sample }),
});

const explainedCriterionSchema = criterionResultSchema.extend({
  actions: z.array(z.string()).readonly().nullable(),
  cycles: z
    .array(
      criterionResultSchema.shape.cycles
        .unwrap()
        .element.extend({ distance: count, rows, beyond: beyondSchema.nullable() }),
    )
    .readonly(),
  cyclesMissing: count,
  distance: count.nullable(),
});

export const explanationSchema = monthsSchema
  .omit({ claimableMonths: true, months: true })
  .extend(monthSchema.shape)
  .extend({
    criteria: z.array(explainedCriterionSchema).readonly(),
    excluded: z
      .array(z.object({ reason: z.enum(EXPLAINED_EXCLUSIONS), count, sample, rows }))
      .readonly(),
    rows,
    text: z.object({ zh: z.string(), en: z.string() }),
  });
