import { ConfigError } from '../core/config.ts';
import { FlowproofError } from '../core/errors.ts';

/** Says what went wrong and how to mend it, without a stack where the cause is known, and ends. */
export function failWith(error: unknown): never {
  process.stderr.write(`flowproof: ${describeFault(error)}\n`);
  process.exit(1);
}

/** What the system refused, by its code, such as ENOENT. */
export function isSystemError(error: unknown, code: string): error is Error {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The embedded engine says why on standard error itself; most often it runs there already. */
const ENGINE_DID_NOT_OPEN = 'Failed to create connection for path';

/** For people, with the mend where there is one. */
export function describeFault(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (isSystemError(error, 'EADDRINUSE')) {
    return `${error.message}\n  連接埠已被使用 / Another program has the port: end it, or set PORT to another.`;
  }
  if (error instanceof Error && error.message.includes(ENGINE_DID_NOT_OPEN)) {
    const mend = 'Where another flowproof runs on this DATA_DIR: end it, or set another DATA_DIR.';
    return `${error.message}\n  資料目錄可能正由另一個 flowproof 使用 / ${mend}`;
  }
  if (error instanceof FlowproofError) {
    const because = error.internal === undefined ? '' : ` (${error.internal})`;
    const cause = error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
    return `${error.detail}${because}${cause}`;
  }
  return error instanceof Error ? error.message : String(error);
}
