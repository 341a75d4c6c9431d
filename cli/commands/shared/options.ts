import { readFileSync } from 'node:fs';
import type { ArgsDef } from 'citty';
import { programmeIdSchema } from '../../../core/registry.ts';
import { parseCivilDate, parseInstant } from '../../../core/time.ts';
import { ApiClient, reasonOf } from '../../http.ts';
import { UsageError } from './usageError.ts';

/** The options that commands share, and what they mean. */

export const connectionArgs = {
  url: {
    type: 'string',
    valueHint: 'url',
    description: 'The server; else FLOWPROOF_URL, else http://127.0.0.1:8080',
  },
  'key-file': {
    type: 'string',
    valueHint: 'file',
    description: 'The file that holds the key; else the key itself in FLOWPROOF_KEY',
  },
} as const satisfies ArgsDef;

export const asOfArg = {
  'as-of': {
    type: 'string',
    valueHint: 'date',
    description: 'The day (00:00 in Taipei) or RFC 3339 time that the answer is for; else now',
  },
} as const satisfies ArgsDef;

export const jsonArg = {
  json: { type: 'boolean', description: 'Print the answer as one JSON document' },
} as const satisfies ArgsDef;

export const orderArg = {
  order: { type: 'positional', required: true, description: 'The id of the order' },
} as const satisfies ArgsDef;

export const monthArg = {
  month: { type: 'positional', required: true, description: 'The contract month, from 1' },
} as const satisfies ArgsDef;

export const programmeArg = {
  programme: {
    type: 'enum',
    options: [...programmeIdSchema.options],
    description: 'Orders of this programme alone',
  },
} as const satisfies ArgsDef;

export const limitArg = {
  limit: { type: 'string', valueHint: 'number', description: 'At most so many rows; else 100' },
} as const satisfies ArgsDef;

interface Connection {
  readonly url: string;
  readonly key: string;
}

interface ConnectionValues {
  readonly url?: string | undefined;
  readonly 'key-file'?: string | undefined;
}

/** The client of a command; throws UsageError with the mend where address or key is missing. */
export function clientFrom(args: ConnectionValues): ApiClient {
  return new ApiClient(connectionFrom(args));
}

/** Where a command sends, and under which key; throws as `clientFrom`. */
export function connectionFrom(args: ConnectionValues): Connection {
  const url = args.url ?? (process.env['FLOWPROOF_URL'] || DEFAULT_URL);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`The server's address must be a URL such as ${DEFAULT_URL}.`);
  }
  return { url, key: keyFrom(args['key-file']) };
}

/** As the server takes it; throws UsageError where it is neither a day nor a time. */
export function asOfFrom(args: { readonly 'as-of'?: string | undefined }): string | undefined {
  const text = args['as-of'];
  if (text === undefined) return undefined;
  if (parseCivilDate(text) !== undefined || parseInstant(text) !== undefined) return text;
  throw new UsageError('--as-of is a day such as 2023-05-01 or an RFC 3339 time with an offset.');
}

export function limitFrom(args: { readonly limit?: string | undefined }): number {
  const text = args.limit ?? '100';
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError('--limit is a whole number from 1.');
}

/** The path of an order, or of something below it. */
export function orderPath(orderId: string, below = ''): string {
  return `/v1/orders/${encodeURIComponent(orderId)}${below}`;
}

/** The path of something of one contract month. */
export function monthPath(orderId: string, month: string, below: string): string {
  if (/^[1-9]\d?$/.test(month)) return orderPath(orderId, `/months/${month}${below}`);
  throw new UsageError('The month is a whole number from 1.');
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

function keyFrom(keyFile: string | undefined): string {
  const key = keyFile === undefined ? process.env['FLOWPROOF_KEY'] : readKey(keyFile);
  const trimmed = key?.trim() ?? '';
  // What no header can carry would come back in an error message.
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  if (trimmed !== '') throw new UsageError('The key is no key: it holds more than one word.');
  throw new UsageError(`A key is needed: --key-file FILE, or FLOWPROOF_KEY. ${WHERE_A_KEY_IS}`);
}

const WHERE_A_KEY_IS =
  "The administrator's is in the file admin.key of the server's DATA_DIR, from its first start on.";

/** The path is not repeated: it may be a key in the wrong place. */
function readKey(keyFile: string): string {
  try {
    return readFileSync(keyFile, 'utf8');
  } catch (error) {
    throw new UsageError(
      `The file of --key-file cannot be read (${reasonOf(error)}). ${WHERE_A_KEY_IS}`,
    );
  }
}
