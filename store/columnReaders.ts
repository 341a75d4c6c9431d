import type { NativeCursor } from './native.ts';

/** Reads one column of an answer, block after block. */
export interface ColumnReader<T> {
  /** @param rows of the block; at least one */
  read(cursor: NativeCursor, rows: number): void;
  /** Of all blocks. */
  values(): T;
}

/** Values of so many bytes each. */
export function plainReader<T>(width: number, of: (bytes: ArrayBuffer) => T): ColumnReader<T> {
  const pieces: Buffer[] = [];
  return {
    read: (cursor, rows) => pieces.push(cursor.bytes(rows * width)),
    values() {
      // Into memory of its own, where numbers begin at whole addresses.
      const own = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        own.set(piece, at);
        at += piece.length;
      }
      return of(own.buffer);
    },
  };
}

/** Texts of which few are different: those, and the place of each row's among them. */
export interface Names {
  readonly names: readonly string[];
  readonly places: Uint32Array;
}

/** Each block has a list of its own texts, and its rows' places in that. */
export function namesReader(): ColumnReader<Names> {
  const known = new Map<string, number>();
  const pieces: Uint32Array[] = [];
  const placeOf = (name: string) => {
    const place = known.get(name) ?? known.size;
    known.set(name, place);
    return place;
  };
  return {
    read(cursor, rows) {
      const [version, form] = [cursor.uint64(), cursor.uint64()];
      const width = PLACE_BYTES[form - OWN_LIST];
      if (version !== 1 || width === undefined) throw new RangeError(`a list of form ${form}`);
      const places = Uint32Array.from({ length: cursor.uint64() }, () => placeOf(cursor.text()));
      if (cursor.uint64() !== rows) throw new RangeError('another number of places than rows');
      const own = cursor.bytes(rows * width);
      const piece = new Uint32Array(rows);
      for (let row = 0; row < rows; row += 1) {
        const at = width === 1 ? (own[row] ?? 0) : own.readUIntLE(row * width, width);
        piece[row] = places[at] ?? 0;
      }
      pieces.push(piece);
    },
    values() {
      const places = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        places.set(piece, at);
        at += piece.length;
      }
      return { names: [...known.keys()], places };
    },
  };
}

/** The list comes with the block, and none from before is needed. */
const OWN_LIST = 0x600;
/** Of a place in the list, by the form. */
const PLACE_BYTES = [1, 2, 4];
