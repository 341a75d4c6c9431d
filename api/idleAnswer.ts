import { z } from 'zod';

/** One idle solution of the warning list. */
export const idleSchema = z.object({
  solutionId: z.string(),
  vendorId: z.string(),
  name: z.string(),
  listedFrom: z.string(),
  /** The first day without a contract. */
  idleSince: z.string(),
  /** The first day without service of the last contract; null = there was none. */
  lastContractEnd: z.string().nullable(),
  /** Whole months since idleSince. */
  months: z.int(),
});
