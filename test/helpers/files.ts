import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files under a folder that hold one of the texts, with the text found. */
export async function filesHolding(folder: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((e) => e.isFile())) {
    const bytes = await readIfThere(join(entry.parentPath, entry.name));
    for (const text of texts) if (bytes.includes(text)) found.push(`${entry.name}: ${text}`);
  }
  return found;
}

/**
 * Pieces of a random text. The store compresses: where four characters of it stand elsewhere too, the
 * whole is in no file, but some pieces of it are.
 */
export function piecesOf(text: string): string[] {
  const count = text.length - PIECE_CHARS + 1;
  return Array.from({ length: count }, (_, start) => text.slice(start, start + PIECE_CHARS));
}

/** Long enough to be in no other text by chance. */
const PIECE_CHARS = 12;

/** The store merges its files while they are read. */
async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return Buffer.alloc(0);
    throw error;
  }
}
