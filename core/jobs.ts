import { z } from 'zod';

/**
 * The job catalogue: what each job carries (ids and instants, never data) and how often it is tried.
 * BullMQ's attempts are the one layer of retries.
 */
export const VERIFY_QUEUE = 'verify';
export const NOTIFY_QUEUE = 'notify';

const instant = z.int().min(0);

/**
 * Soon, for what is over soon; at last every five minutes, some 80 minutes in all: a store that is
 * away for an hour costs no closing, and its log is not filled.
 */
const OUTLIVES_AN_HOUR = { attempts: 25, backoffMs: 1_000, backoffMaxMs: 5 * 60_000 };

export const JOBS = {
  /** Seals what is due of the orders of small solutions, or of a part of a large one. */
  closeOrders: {
    payload: z.strictObject({
      verificationId: z.string(),
      parts: z.array(
        z.strictObject({
          solutionId: z.string(),
          /** Its firms from this number on; null: from the first. */
          smeFrom: z.string().nullable(),
          /** Up to this one, exclusive; null: to the last. */
          smeUntil: z.string().nullable(),
        }),
      ),
      /** null: every order of the parts, or of the programme where one is named. */
      orderIds: z.array(z.string()).nullable(),
      programme: z.string().nullable(),
      asOfMs: instant,
      /** When the seals say they were made; null = when the job runs. */
      sealedAtMs: instant.nullable(),
    }),
    ...OUTLIVES_AN_HOUR,
  },
  /** Ends when every closeOrders of its verification has ended. */
  verification: {
    payload: z.strictObject({ verificationId: z.string(), total: z.int().min(0) }),
    ...OUTLIVES_AN_HOUR,
  },
  /** Daily: asks for the verification of everything as of its own start. */
  closeDue: { payload: z.strictObject({}), ...OUTLIVES_AN_HOUR },
  /** Daily: looks for firms going silent and asks for a delivery each. */
  warnDue: { payload: z.strictObject({}), ...OUTLIVES_AN_HOUR },
  /** Tells the receiver of one warning: 12 retries, twice as long each time, for some 34 hours. */
  deliverWarning: {
    payload: z.strictObject({ orderId: z.string(), month: z.int().min(1) }),
    attempts: 13,
    backoffMs: 30_000,
    backoffMaxMs: 24 * 3_600_000,
  },
} as const;

export type JobName = keyof typeof JOBS;
export type JobPayload<N extends JobName> = z.infer<(typeof JOBS)[N]['payload']>;

/** How long a job that failed so often waits for its next try: each time twice as long, to its most. */
export function backoffMs(name: JobName, failures: number): number {
  const job = JOBS[name];
  return Math.min(job.backoffMaxMs, job.backoffMs * 2 ** (failures - 1));
}

/** Shortly after midnight in Taipei, when months and their grace end. */
export const CLOSE_DUE_CRON = '0 5 0 * * *';
export const JOBS_TIME_ZONE = 'Asia/Taipei';

/** In the morning of Taipei, when somebody can call the firm. */
export const WARN_DUE_CRON = '0 0 8 * * *';

/** Ended jobs are kept so long: progress can be asked for, and Redis stays small. */
export const JOB_KEPT_S = 7 * 24 * 3600;
