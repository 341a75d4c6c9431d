import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of each file of a spool, by name; the server may delete one meanwhile. */
export async function spoolSizes(dir: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.spool')) continue;
    const found = await stat(join(dir, name)).catch(() => null);
    if (found !== null) sizes.set(name, found.size);
  }
  return sizes;
}
