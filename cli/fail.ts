import { ConfigError } from '../core/config.ts';
import { FlowproofError } from '../core/errors.ts';

/** Says what went wrong and how to mend it, without a stack where the cause is known, and ends. */
export function failWith(error: unknown): never {
  process.stderr.write(`flowproof: ${describe(error)}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof FlowproofError) {
    const because = error.internal === undefined ? '' : ` (${error.internal})`;
    const cause = error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
    return `${error.detail}${because}${cause}`;
  }
  return error instanceof Error ? error.message : String(error);
}
