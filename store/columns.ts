import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { readBinary } from './query.ts';

/**
 * A query whose answer is read as columns of numbers, for millions of rows: no text is made of them
 * and no object a row. A failed read throws; so does an answer of other columns than declared.
 */
export interface ColumnsDefinition<P, C extends Readonly<Record<string, ColumnType>>> {
  readonly name: string;
  readonly sql: (params: P) => string;
  readonly columns: C;
}

/** `UInt64` is two numbers of 32 bits a row, the low one first. */
const COLUMN_TYPES = {
  UInt16: { bytes: 2, of: (b: ArrayBuffer) => new Uint16Array(b) },
  UInt32: { bytes: 4, of: (b: ArrayBuffer) => new Uint32Array(b) },
  UInt64: { bytes: 8, of: (b: ArrayBuffer) => new Uint32Array(b) },
  Float64: { bytes: 8, of: (b: ArrayBuffer) => new Float64Array(b) },
} as const;
type ColumnType = keyof typeof COLUMN_TYPES;

export type Columns<C extends Readonly<Record<string, ColumnType>>> = {
  readonly [K in keyof C]: ReturnType<(typeof COLUMN_TYPES)[C[K]]['of']>;
};

export function defineColumns<P, const C extends Readonly<Record<string, ColumnType>>>(
  definition: ColumnsDefinition<P, C>,
): (db: Database, params: P) => Promise<Columns<C>> {
  const { name, columns } = definition;
  return async (db, params) => {
    const answer = await readBinary(db.reader(), name, `${definition.sql(params)} FORMAT Native`);
    try {
      return columnsOf(answer, columns);
    } catch (cause) {
      throw storeFailure(`${name} answered other columns than declared`, cause);
    }
  };
}

/** Native: blocks of so many columns and rows; each column its name, its type and its values. */
function columnsOf<C extends Readonly<Record<string, ColumnType>>>(
  answer: Buffer,
  columns: C,
): Columns<C> {
  const names = Object.keys(columns);
  const pieces = names.map((): Buffer[] => []);
  const cursor = { answer, at: 0 };
  while (cursor.at < answer.length) {
    const [width, rows] = [varUint(cursor), varUint(cursor)];
    if (width !== names.length) throw new RangeError(`${width} columns`);
    for (const [i, name] of names.entries()) {
      const [found, type] = [text(cursor), text(cursor)];
      const want = columns[name];
      if (want === undefined || found !== name || type !== want) {
        throw new RangeError(`${found} ${type}`);
      }
      pieces[i]?.push(bytes(cursor, rows * COLUMN_TYPES[want].bytes));
    }
  }
  const entries = names.map((name, i) => {
    const joined = Buffer.concat(pieces[i] ?? []);
    // Into memory of its own, where numbers begin at whole addresses.
    const own = new Uint8Array(joined.length);
    own.set(joined);
    return [name, COLUMN_TYPES[columns[name] ?? 'UInt32'].of(own.buffer)];
  });
  return Object.fromEntries(entries);
}

interface Cursor {
  readonly answer: Buffer;
  at: number;
}

function bytes(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (end > cursor.answer.length) throw new RangeError('the answer ends too early');
  const found = cursor.answer.subarray(cursor.at, end);
  cursor.at = end;
  return found;
}

function varUint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes(cursor, 1)[0] ?? 0;
    value += (byte & 127) * shift;
    if (byte < 128) return value;
  }
}

function text(cursor: Cursor): string {
  return bytes(cursor, varUint(cursor)).toString();
}
