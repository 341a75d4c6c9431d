import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { inlineRows, literal } from './text.ts';

/**
 * Rows on their way into the embedded engine. A statement that carries its rows is copied and
 * searched several times over, which costs more than reading the rows; a file costs neither.
 */
export class RowFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * What an earlier process left in the folder is removed. Null where the engine would read the
   * folder's name as a pattern of names: rows are then sent as text.
   */
  static open(folder: string): RowFiles | null {
    const absolute = resolve(folder);
    if (PATTERN.test(absolute)) return null;
    mkdirSync(absolute, { recursive: true });
    const left = readdirSync(absolute).map((name) => join(absolute, name));
    for (const path of left) if (!held.has(path)) rmSync(path, { force: true });
    return new RowFiles(absolute);
  }

  /** Of the disk that they lie on. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  /**
   * The file is there while `use` runs.
   * @param text TabSeparated, in pieces
   */
  async hold<T>(text: Iterable<Uint8Array>, use: (path: string) => Promise<T>): Promise<T> {
    files += 1;
    const path = join(this.#folder, `${files}.tsv`);
    held.add(path);
    try {
      await writePieces(path, text);
      return await use(path);
    } finally {
      // One that cannot be removed now is at the next start.
      await rm(path, { force: true }).catch(() => undefined);
      held.delete(path);
    }
  }
}

/** Lines as text in pieces: others go on between them. */
export function* textOf(lines: Iterable<string>): Generator<Uint8Array> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}

/** Of this process: its databases never share a name. */
let files = 0;
const held = new Set<string>();
/** What the engine takes for other characters than themselves in the path of a file. */
const PATTERN = /[*?{}]/;

async function writePieces(path: string, text: Iterable<Uint8Array>): Promise<void> {
  try {
    await writeNew(path, text);
  } catch (cause) {
    throw storeFailure('rows could not be written for the engine', cause);
  }
}

async function writeNew(path: string, text: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    let pieces: Uint8Array[] = [];
    let bytes = 0;
    for (const piece of text) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes < WRITE_BYTES && pieces.length < WRITE_PIECES) continue;
      await writeAll(file, pieces, bytes);
      [pieces, bytes] = [[], 0];
    }
    if (bytes > 0) await writeAll(file, pieces, bytes);
  } finally {
    await file.close();
  }
}

async function writeAll(
  file: FileHandle,
  pieces: readonly Uint8Array[],
  bytes: number,
): Promise<void> {
  const { bytesWritten } = await file.writev(pieces);
  if (bytesWritten < bytes) throw new Error(`wrote ${bytesWritten} of ${bytes} bytes`);
}

/** About the events of one request. */
const PIECE_CHARS = 256 * 1024;
/** Of one write: the system takes so many pieces at once. */
const WRITE_PIECES = 1_024;
const WRITE_BYTES = 8 * 1024 * 1024;

/** As `inlineRows`, for many rows; the table is there while `use` runs. */
export async function withRows<T>(
  { rowFiles }: Pick<Database, 'rowFiles'>,
  columns: string,
  lines: readonly string[],
  use: (table: string) => Promise<T>,
): Promise<T> {
  if (rowFiles === null || lines.length <= FEW_LINES) return use(inlineRows(columns, lines));
  return rowFiles.hold(textOf(lines), (path) =>
    use(`file(${literal(path)}, TabSeparated, ${literal(columns)})`),
  );
}

/** Fewer are not worth a file. */
export const FEW_LINES = 100;
export const FEW_BYTES = 32 * 1024;
