import { z } from 'zod';

/**
 * The job catalogue: what each job carries (ids and instants, never data) and how often it is tried.
 * BullMQ's attempts are the one layer of retries.
 */
export const VERIFY_QUEUE = 'verify';

const instant = z.int().min(0);

export const JOBS = {
  /** Seals what is due of one solution's orders. */
  closeSolution: {
    payload: z.strictObject({
      verificationId: z.string(),
      solutionId: z.string(),
      /** null: every order of the solution, or of the programme where one is named. */
      orderIds: z.array(z.string()).nullable(),
      programme: z.string().nullable(),
      asOfMs: instant,
      /** When the seals say they were made; null = when the job runs. */
      sealedAtMs: instant.nullable(),
    }),
    attempts: 5,
    backoffMs: 1_000,
  },
  /** Ends when every closeSolution of its verification has ended. */
  verification: {
    payload: z.strictObject({ verificationId: z.string(), total: z.int().min(0) }),
    attempts: 5,
    backoffMs: 1_000,
  },
  /** Daily: asks for the verification of everything as of its own start. */
  closeDue: { payload: z.strictObject({}), attempts: 5, backoffMs: 10_000 },
} as const;

export type JobName = keyof typeof JOBS;
export type JobPayload<N extends JobName> = z.infer<(typeof JOBS)[N]['payload']>;

/** Shortly after midnight in Taipei, when months and their grace end. */
export const CLOSE_DUE_CRON = '0 5 0 * * *';
export const CLOSE_DUE_TIME_ZONE = 'Asia/Taipei';

/** Ended jobs are kept so long: progress can be asked for, and Redis stays small. */
export const JOB_KEPT_S = 7 * 24 * 3600;
