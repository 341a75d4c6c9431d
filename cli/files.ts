import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a data directory that are not the store's. */

/** A secret kept in a file that only this user reads, made on the first start. */
export function secretFile(dataDir: string, name: string, make: () => string): string {
  const path = join(dataDir, name);
  if (!existsSync(path)) writeFileSync(path, `${make()}\n`, { mode: 0o600, flag: 'wx' });
  return readFileSync(path, 'utf8').trim();
}

export function newAdminKey(): string {
  return `fp_admin_${randomBytes(24).toString('hex')}`;
}

/**
 * Makes the data directory and holds it to one kind of clock: what was begun with a simulated one
 * is never served as real, nor the other way round. Throws with the mend.
 */
export function openDataDir(dataDir: string, simulatedClock: boolean): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const marker = join(dataDir, 'simulated-clock');
  const begun = existsSync(join(dataDir, 'clickhouse'));
  if (simulatedClock && begun && !existsSync(marker)) {
    throw new Error(
      `${dataDir} holds real data. Set DATA_DIR to an empty folder, or unset SIMULATED_CLOCK.`,
    );
  }
  if (!simulatedClock && existsSync(marker)) {
    throw new Error(
      `${dataDir} was begun with a simulated clock. Set SIMULATED_CLOCK=1, or another DATA_DIR.`,
    );
  }
  if (simulatedClock && !existsSync(marker)) {
    writeFileSync(marker, 'Times in this folder were given by requests.\n', { mode: 0o600 });
  }
}
