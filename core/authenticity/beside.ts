import type { Finding } from '../month.ts';
import { dateOf } from '../time.ts';

/** What is said of a month for other reasons than its own use; never enough to hold it. */

/** @param versions other contents that came under ids that stood, by the time they claim */
export function idConflicts(versions: number): Finding | null {
  if (versions === 0) return null;
  return {
    code: 'id_conflict',
    severity: 'low',
    explanation:
      '同一事件編號曾以不同內容重送；以最先收到者為準。 Ids came again with other content; what was received first stands.',
    figures: { versions },
  };
}

/** What is known of the firm as a customer of the solution before the contract. */
export interface CustomerBefore {
  readonly earlierOrders: number;
  /** Counted use before the contract, under no matter what order. */
  readonly uses: number;
  readonly firstUseMs: number | null;
}

/** Points are for new customers [000 八(一); 001 八(二); 002 捌 四(三)1]. */
export function existingCustomer(before: CustomerBefore): Finding | null {
  const { earlierOrders, uses, firstUseMs } = before;
  if (earlierOrders === 0 && uses === 0) return null;
  const explanation =
    earlierOrders > 0
      ? '企業先前已訂購本方案。 The firm had an earlier order for the solution.'
      : '企業於契約開始前已使用本方案。 The firm used the solution before the contract.';
  return {
    code: 'existing_customer',
    severity: 'low',
    explanation,
    figures: {
      earlierOrders,
      usesBefore: uses,
      ...(firstUseMs === null ? {} : { firstUse: dateOf(firstUseMs) }),
    },
  };
}
