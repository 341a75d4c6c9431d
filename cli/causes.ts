import { FlowproofError } from '../core/errors.ts';
import type { SpoolAlarm } from '../ingest/spool/alarm.ts';

/** An engine's message can quote rows: its code, or that of a broken connection, stands for it. */
export function causeOf(error: unknown): string {
  const internal = error instanceof FlowproofError ? error.internal : undefined;
  const text = internal === undefined ? String(error) : `${String(error)} (${internal})`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'type' in cause) return `${text} ${String(cause.type)}`;
  if (cause instanceof Error && 'code' in cause) return `${text} ${String(cause.code)}`;
  return text;
}

/** As the log takes it: an error in an object has no text there. */
export function alarmLogged(alarm: SpoolAlarm): object {
  return 'cause' in alarm ? { ...alarm, cause: causeOf(alarm.cause) } : alarm;
}
