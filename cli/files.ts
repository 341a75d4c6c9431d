import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The files of a data directory that are not the store's. */

/** The administrator's key, kept in a file that only this user reads; made on the first start. */
export function adminKeyOf(dataDir: string): string {
  return secretFile(dataDir, 'admin.key', () => `fp_admin_${randomBytes(24).toString('hex')}`);
}

/**
 * The secret behind pseudonyms. It is made once: beside events that were stored with another one, a
 * new one would make two people of each, so its loss stops the start. Throws with the mend.
 */
export function pseudonymSecretOf(dataDir: string): Uint8Array {
  const hasData = ['clickhouse', 'spool'].some((name) => existsSync(join(dataDir, name)));
  if (hasData && !existsSync(join(dataDir, 'pseudonym.key'))) {
    throw new Error(
      `${dataDir} holds events and no pseudonym.key. Put the file back from the backup: without it people cannot be told apart as before.`,
    );
  }
  const text = secretFile(dataDir, 'pseudonym.key', () => randomBytes(32).toString('hex'));
  return Buffer.from(text, 'hex');
}

/**
 * Makes the data directory and holds it to one kind of clock: what was begun with a simulated one
 * is never served as real, nor the other way round. Throws with the mend.
 */
export function openDataDir(dataDir: string, simulatedClock: boolean): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const isMarked = existsSync(join(dataDir, 'simulated-clock'));
  if (simulatedClock && !isMarked && readdirSync(dataDir).length > 0) {
    throw new Error(
      `${dataDir} holds real data or other files. Set DATA_DIR to an empty folder, or unset SIMULATED_CLOCK.`,
    );
  }
  if (!simulatedClock && isMarked) {
    throw new Error(
      `${dataDir} was begun with a simulated clock. Set SIMULATED_CLOCK=1, or another DATA_DIR.`,
    );
  }
  if (simulatedClock && !isMarked) {
    writeDurably(dataDir, 'simulated-clock', 'Times in this folder were given by requests.\n');
  }
}

function secretFile(dataDir: string, name: string, make: () => string): string {
  const path = join(dataDir, name);
  if (!existsSync(path)) writeDurably(dataDir, name, `${make()}\n`);
  return readFileSync(path, 'utf8').trim();
}

/** As durable as the events that will depend on it. */
function writeDurably(dataDir: string, name: string, text: string): void {
  const file = openSync(join(dataDir, name), 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const folder = openSync(dataDir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
