import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FILE = join(import.meta.dirname, '../fixtures/naughty-strings/blns.json');

/** The Big List of Naughty Strings, each once. */
export const NAUGHTY: readonly string[] = [
  ...new Set(z.array(z.string()).parse(JSON.parse(readFileSync(FILE, 'utf8')))),
];
