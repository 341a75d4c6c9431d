import type { ErrorCode } from '../../../core/errors.ts';

/** What mends a refused call, where the command line can say it; undefined where the detail does. */
export function mendOf(code: string): string | undefined {
  return Object.hasOwn(MENDS, code) ? MENDS[code as ErrorCode] : undefined;
}

const LATER = 'The same command, run again later, may succeed.';

const MENDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  unauthenticated: 'Check --key-file or FLOWPROOF_KEY; a revoked key is of no more use.',
  forbidden: 'Use a key of another role: "flowproof keys create --help".',
  not_found: 'Check the id, and whether the key may see it.',
  as_of_in_future: 'Give --as-of a day that has begun.',
  body_too_large: 'Send NDJSON or CSV: they are sent in pieces.',
  too_many_events: 'Send NDJSON or CSV: they are sent in pieces.',
  not_sealed: 'Only a sealed month is reviewed: "flowproof verify" seals what is due.',
  not_eligible: 'Every rule and figure is in "flowproof claim".',
  ingest_unavailable: LATER,
  store_unavailable: LATER,
  render_busy: LATER,
  shutting_down: LATER,
  request_timeout: LATER,
  internal_error: "The server's log has the cause.",
};
