import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * The shape of the tree, checked over every file: who may import whom, how long a file may be, and
 * that clock, randomness and environment come in at the composition root alone.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = [
  'core',
  'store',
  'ingest',
  'verify',
  'render',
  'ledger',
  'api',
  'client',
  'cli',
  'test',
  'bench',
] as const;
type Folder = (typeof FOLDERS)[number];

/** Rows may import columns; `core` is pure, the stages never import each other. */
const MAY_IMPORT: Record<Folder, readonly Folder[]> = {
  core: ['core'],
  store: ['core', 'store'],
  ingest: ['core', 'store', 'ingest'],
  verify: ['core', 'store', 'verify'],
  render: ['core', 'store', 'render'],
  ledger: ['core', 'store', 'ledger'],
  api: ['core', 'store', 'api'],
  client: ['client'],
  cli: FOLDERS.filter((folder) => folder !== 'test'),
  test: FOLDERS,
  bench: FOLDERS.filter((folder) => folder !== 'test'),
};

/** store/ is the only door to ClickHouse and Redis; verify/ runs the workers of the queues. */
const DOORS: Readonly<Record<string, readonly Folder[]>> = {
  '@clickhouse/client': ['store', 'test', 'bench'],
  chdb: ['store', 'test', 'bench'],
  ioredis: ['store', 'cli', 'test', 'bench'],
  bullmq: ['store', 'verify', 'cli', 'test', 'bench'],
};

/** What is pure among Node's own modules; the clock, keys and I/O come in as arguments. */
const PURE_MODULES = ['node:crypto'];
const COMPOSITION: readonly Folder[] = ['cli', 'test', 'bench'];
const AMBIENT = [/\bprocess\.env\b/, /\bDate\.now\b/, /\bnew Date\(\s*\)/, /\bMath\.random\b/];
const LINES_MAX = 300;
const TEST_LINES_MAX = 500;

const IMPORT =
  /(?:^|[;\s])(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/.*$/gm;

/** The faults of one file, each with its reason; `path` is relative to the root. */
function faultsOf(path: string, text: string): string[] {
  const folder = folderOf(path);
  if (folder === undefined) return [`${path} lies in no known folder`];
  const code = text.replace(COMMENT, '');
  const faults = importsOf(code).flatMap((imported) => importFaults(path, folder, imported));
  if (!COMPOSITION.includes(folder)) {
    faults.push(
      ...AMBIENT.filter((ambient) => ambient.test(code)).map(
        (ambient) => `${ambient.source}: clock, randomness and environment are handed in by cli/`,
      ),
    );
  }
  const lines = text.split('\n').length - 1;
  const linesMax = folder === 'test' ? TEST_LINES_MAX : LINES_MAX;
  if (lines > linesMax) faults.push(`${lines} lines, at most ${linesMax}: split by concept`);
  return faults.map((fault) => `${path}: ${fault}`);
}

function importFaults(path: string, folder: Folder, imported: string): string[] {
  if (imported.startsWith('.')) {
    const target = posix.join(posix.dirname(path), imported);
    const into = folderOf(target);
    if (!/\.(ts|json|js)$/.test(imported)) return [`imports ${imported} without its extension`];
    if (into === undefined) return folder === 'client' ? [`imports ${imported}`] : [];
    return MAY_IMPORT[folder].includes(into) ? [] : [`${folder}/ may not import ${into}/`];
  }
  const name = imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/');
  if (folder === 'client') return [`client/ is published by itself: ${imported}`];
  if (folder === 'core' && imported.startsWith('node:') && !PURE_MODULES.includes(imported)) {
    return [`core/ is pure, ${imported} is not`];
  }
  const door = DOORS[name];
  return door === undefined || door.includes(folder) ? [] : [`${name} belongs behind store/`];
}

function importsOf(code: string): string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, from, call]) => from ?? call ?? []);
}

function folderOf(path: string): Folder | undefined {
  return FOLDERS.find((folder) => path.startsWith(`${folder}/`));
}

const files = FOLDERS.filter((folder) => existsSync(`${ROOT}/${folder}`)).flatMap((folder) =>
  readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[jt]s$/.test(path))
    .map((path) => `${folder}/${path.split(sep).join('/')}`),
);

describe('the tree', () => {
  it('is found', () => {
    expect(files).toContain('core/errors.ts');
    expect(files).toContain('test/architecture.test.ts');
  });

  it('keeps the import boundaries, the purity and the length of files (I-66)', () => {
    expect(
      files.flatMap((path) => faultsOf(path, readFileSync(`${ROOT}/${path}`, 'utf8'))),
    ).toEqual([]);
  });

  it('has the lint rule for every folder with boundaries', () => {
    const lint: { overrides: { includes: string[] }[] } = JSON.parse(
      readFileSync(`${ROOT}/biome.json`, 'utf8'),
    );
    const covered = lint.overrides.flatMap((override) => override.includes);
    const bounded = FOLDERS.filter((folder) => !COMPOSITION.includes(folder));
    expect(covered).toEqual(expect.arrayContaining(bounded.map((folder) => `${folder}/**`)));
  });
});

describe('the check itself', () => {
  it.each([
    ['core imports store', 'core/a.ts', "import { x } from '../store/x.ts';"],
    ['core imports store for its types', 'core/a.ts', "import type { X } from '../store/x.ts';"],
    ['core reads files', 'core/a.ts', "import { readFileSync } from 'node:fs';"],
    ['core re-exports a stage', 'core/p/a.ts', "export * from '../../verify/x.ts';"],
    ['a stage imports another', 'api/a.ts', "import {\n  x,\n  y,\n} from '../render/x.ts';"],
    ['a stage imports another late', 'api/a.ts', "const m = await import('../ingest/x.ts');"],
    ['a stage imports for effect', 'verify/a.ts', "import '../ledger/x.ts';"],
    ['a stage imports the root', 'ingest/a.ts', "import { x } from '../cli/x.ts';"],
    ['store imports a stage', 'store/q/a.ts', "import { x } from '../../verify/x.ts';"],
    ['shipped code imports tests', 'cli/a.ts', "import { x } from '../test/x.ts';"],
    ['the client imports core', 'client/a.ts', "import { x } from '../core/x.ts';"],
    ['the client imports a package', 'client/a.ts', "import { z } from 'zod';"],
    ['a stage opens ClickHouse', 'api/a.ts', "import { createClient } from '@clickhouse/client';"],
    ['a stage opens the engine', 'verify/a.ts', "import { x } from 'chdb/connection';"],
    ['a route makes a queue', 'api/a.ts', "import { Queue } from 'bullmq';"],
    ['an import has no extension', 'core/a.ts', "import { x } from './x';"],
    ['a stage reads the clock', 'ingest/a.ts', 'const now = Date.now();'],
    ['a stage holds the clock', 'ingest/a.ts', 'const clock = { now: Date.now };'],
    ['a stage makes a date of now', 'render/a.ts', 'const now = new Date();'],
    ['a stage rolls dice', 'ledger/a.ts', 'const n = Math.random();'],
    ['a stage reads the environment', 'store/a.ts', "const home = process.env['HOME'];"],
    ['a file is too long', 'api/a.ts', '\n'.repeat(301)],
    ['a test is too long', 'test/a.test.ts', '\n'.repeat(501)],
  ])('sees that %s', (_, path, text) => {
    expect(faultsOf(path, text)).toHaveLength(1);
  });

  it.each([
    ['a stage imports store and core', 'api/c/a.ts', "import { x } from '../../store/x.ts';"],
    ['core hashes', 'core/a.ts', "import { createHash } from 'node:crypto';"],
    ['core imports a pure package', 'core/a.ts', "import { z } from 'zod';"],
    ['store opens the engine', 'store/a.ts', "import { x } from 'chdb/connection';"],
    ['a worker is made', 'verify/a.ts', "import { Worker } from 'bullmq';"],
    ['the root imports all', 'cli/a.ts', "import { x } from '../api/x.ts';\nDate.now();"],
    [
      'a comment speaks of it',
      'core/a.ts',
      "// import '../api/x.ts'; Date.now()\n/* process.env */",
    ],
    ['a date is made of an instant', 'core/a.ts', 'const d = new Date(0);'],
    ['a file has its full length', 'api/a.ts', '\n'.repeat(300)],
  ])('admits that %s', (_, path, text) => {
    expect(faultsOf(path, text)).toEqual([]);
  });
});
