import type { Database } from './clickhouse.ts';
import { type ColumnReader, namesReader, plainReader } from './columnReaders.ts';
import { storeFailure } from './failure.ts';
import { NativeCursor } from './native.ts';
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
  UInt16: () => plainReader(2, (b) => new Uint16Array(b)),
  UInt32: () => plainReader(4, (b) => new Uint32Array(b)),
  UInt64: () => plainReader(8, (b) => new Uint32Array(b)),
  Float64: () => plainReader(8, (b) => new Float64Array(b)),
  'LowCardinality(String)': namesReader,
} as const;
type ColumnType = keyof typeof COLUMN_TYPES;

export type Columns<C extends Readonly<Record<string, ColumnType>>> = {
  readonly [K in keyof C]: ReturnType<ReturnType<(typeof COLUMN_TYPES)[C[K]]>['values']>;
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
  const readers = Object.entries(columns).map(([name, type]) => {
    const reader: ColumnReader<unknown> = COLUMN_TYPES[type]();
    return { name, type, reader };
  });
  const cursor = new NativeCursor(answer);
  while (!cursor.isAtEnd) {
    const [width, rows] = [cursor.varUint(), cursor.varUint()];
    if (width !== readers.length) throw new RangeError(`${width} columns`);
    for (const { name, type, reader } of readers) {
      const [found, of] = [cursor.text(), cursor.text()];
      if (found !== name || of !== type) throw new RangeError(`${found} ${of}`);
      if (rows > 0) reader.read(cursor, rows);
    }
  }
  const entries = readers.map(({ name, reader }) => [name, reader.values()]);
  return Object.fromEntries(entries);
}
