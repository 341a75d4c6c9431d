import { defineCommand } from 'citty';
import { reviewedSchema } from '../../api/reviewAnswer.ts';
import { REVIEW_DECISIONS, type ReviewDecision } from '../../core/review.ts';
import { STATE_WORDS } from '../../core/words.ts';
import { jsonBody } from '../http.ts';
import {
  clientFrom,
  connectionArgs,
  jsonArg,
  monthArg,
  monthPath,
  orderArg,
} from './shared/options.ts';
import { printable } from './shared/table.ts';
import { UsageError } from './shared/usageError.ts';

/** `flowproof review ORDER MONTH`: an auditor's word on a sealed month. Never tried twice by itself. */
export const review = defineCommand({
  meta: {
    name: 'review',
    description: 'Accept, reject or reopen a sealed month, with a key of the role auditor',
  },
  args: {
    ...orderArg,
    ...monthArg,
    accept: { type: 'boolean', description: 'The month may be claimed, whatever was computed' },
    reject: { type: 'boolean', description: 'The month may not be claimed' },
    reopen: {
      type: 'boolean',
      description: 'Count again with everything received until now, and seal the next revision',
    },
    reason: {
      type: 'string',
      required: true,
      valueHint: 'text',
      description: 'Why; the vendor and the firm read it, so name no person',
    },
    ...jsonArg,
    ...connectionArgs,
  },
  async run({ args }) {
    const decision = decisionFrom(args);
    const path = monthPath(args.order, args.month, '/reviews');
    const body = jsonBody({ decision, reason: args.reason });
    const made = await clientFrom(args).json(reviewedSchema, 'POST', path, body);
    if (args.json === true) {
      process.stdout.write(`${JSON.stringify(made)}\n`);
      return;
    }
    const { zh, en } = STATE_WORDS[made.result.state];
    const claim = made.result.claimable ? '可核銷 claimable' : '不可核銷 not claimable';
    process.stdout.write(
      `${WORDS[made.decision]} · ${made.at} · ${printable(made.reason)}\n` +
        `訂單 Order ${made.orderId} · 月 Month ${made.month} · 第 ${made.revision} 版 Revision ` +
        `${made.revision} · ${zh} ${en} · ${claim}\n`,
    );
  },
});

const WORDS: Record<ReviewDecision, string> = {
  accept: '通過 Accepted',
  reject: '駁回 Rejected',
  reopen: '重開 Reopened',
};

function decisionFrom(args: Partial<Record<ReviewDecision, boolean | undefined>>): ReviewDecision {
  const [decision, ...others] = REVIEW_DECISIONS.filter((d) => args[d] === true);
  if (decision !== undefined && others.length === 0) return decision;
  throw new UsageError('Give one of --accept, --reject and --reopen.');
}
