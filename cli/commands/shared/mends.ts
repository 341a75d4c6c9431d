import type { ErrorCode } from '../../../core/errors.ts';

/** What mends a refused call, where the command line can say it; undefined where the detail does. */
export function mendOf(code: string): string | undefined {
  return Object.hasOwn(MENDS, code) ? MENDS[code as ErrorCode] : undefined;
}

const LATER = '稍後再執行同一指令 / The same command, run again later, may succeed.';
const IN_PIECES = '請改送 NDJSON 或 CSV，會分批送出 / Send NDJSON or CSV: they are sent in pieces.';

/** A line each, Traditional Chinese first. */
const MENDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  unauthenticated:
    '請檢查 --key-file 或 FLOWPROOF_KEY；撤銷的金鑰不能再用 / ' +
    'Check --key-file or FLOWPROOF_KEY; a revoked key is of no more use.',
  forbidden: '請改用其他角色的金鑰 / Use a key of another role: "flowproof keys create --help".',
  not_found: '請檢查編號，以及金鑰能否看到它 / Check the id, and whether the key may see it.',
  as_of_in_future: '--as-of 請給已經開始的日子 / Give --as-of a day that has begun.',
  body_too_large: IN_PIECES,
  too_many_events: IN_PIECES,
  not_sealed:
    '封存的月份才能審查 / Only a sealed month is reviewed: "flowproof verify" seals what is due.',
  not_eligible: '每條規則與數字見 flowproof claim / Every rule and figure is in "flowproof claim".',
  ingest_unavailable: LATER,
  store_unavailable: LATER,
  render_busy: LATER,
  shutting_down: LATER,
  request_timeout: LATER,
  internal_error: "原因在伺服器的紀錄 / The server's log has the cause.",
};
