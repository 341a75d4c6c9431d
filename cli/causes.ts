import { FlowproofError } from '../core/errors.ts';
import type { SpoolAlarm } from '../ingest/spool/alarm.ts';

/** An engine's message can quote rows: its code, or that of a broken connection, stands for it. */
export function causeOf(error: unknown): string {
  const internal = error instanceof FlowproofError ? error.internal : undefined;
  const text = internal === undefined ? saidBy(error) : `${saidBy(error)} (${internal})`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'type' in cause) return `${text} ${String(cause.type)}`;
  if (cause instanceof Error && 'code' in cause) return `${text} ${String(cause.code)}`;
  return text;
}

function saidBy(error: unknown): string {
  const isEngines = error instanceof Error && 'type' in error && 'code' in error;
  return isEngines ? `${error.name} ${String(error.code)} ${String(error.type)}` : String(error);
}

/** What failed, and where: a stack begins with its message, and may have the text that a cause has not. */
export function failureLogged(error: unknown): { readonly cause: string; readonly stack: string } {
  const lines = (error instanceof Error && error.stack?.split('\n')) || [];
  const places = lines.filter((line) => line.startsWith('    at '));
  return { cause: causeOf(error), stack: places.join('\n') };
}

/** As the log takes it: an error in an object has no text there. */
export function alarmLogged(alarm: SpoolAlarm): object {
  return 'cause' in alarm ? { ...alarm, cause: causeOf(alarm.cause) } : alarm;
}
