import type { Finding } from '../month.ts';
import type { Words } from '../words.ts';

/** What a finding is called, by its code. */
export const FINDING_NAMES: Readonly<Record<string, Words>> = {
  back_dated: { zh: '事後補送', en: 'back-dated use' },
  future_dated: { zh: '時間超前', en: 'future-dated use' },
  regular_intervals: { zh: '規律間隔', en: 'regular intervals' },
  copied_stream: { zh: '序列雷同', en: 'copied stream' },
  burst: { zh: '短時間大量操作', en: 'burst' },
  shared_actor: { zh: '跨企業共用帳號', en: 'shared actor' },
  shared_address: { zh: '跨企業共用網路位址', en: 'shared address' },
  outside_hours: { zh: '非營業時間使用', en: 'use outside hours' },
  identical_weeks: { zh: '每週使用數相同', en: 'identical weeks' },
  just_over: { zh: '連月略高於門檻', en: 'just over the threshold' },
  id_conflict: { zh: '事件編號衝突', en: 'conflicting ids' },
  vendor_is_customer: { zh: '企業即為廠商', en: 'the vendor is the customer' },
  existing_customer: { zh: '既有客戶', en: 'existing customer' },
};

/** A code without a name stands for itself. */
export function findingName({ code }: Pick<Finding, 'code'>): Words {
  return FINDING_NAMES[code] ?? { zh: code, en: code };
}

/**
 * The two halves of an explanation, which is one text as it is sealed: Chinese first, then English.
 * A half that it lacks is empty: seals of earlier versions have explanations in English alone.
 */
export function findingWords({ explanation }: Finding): Words {
  const zh = LAST_CHINESE.exec(explanation)?.[0] ?? '';
  return { zh: zh.trim(), en: explanation.slice(zh.length).trim() };
}

/** Up to the last Chinese character or mark. */
const LAST_CHINESE = /^.*[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/su;
