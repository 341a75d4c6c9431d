import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../../helpers/folder.ts';

/** docs/new-programme.md, followed to the letter in a copy of the tree. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/new-programme.md'), 'utf8');
const INDEX = 'core/programmes/index.ts';

const folder = useFolder();

/** The blocks of the page of one kind, by the path that they name. */
function blocks(kind: 'file' | 'lines'): Map<string, string> {
  const fence = new RegExp(`^\`\`\`ts ${kind}=(\\S+)\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return new Map([...PAGE.matchAll(fence)].map(([, path = '', text = '']) => [path, text]));
}

/** The import goes to the others, the list takes the place of the one that is there. */
function withLines(index: string, lines: string): string {
  const [imported = '', list = ''] = lines.trim().split('\n');
  expect(index).toMatch(LIST);
  return `${imported}\n${index.replace(LIST, list)}`;
}
const LIST = /^export const PROGRAMMES = \[.*\] as const;$/m;

function written(path: string, text: string): void {
  const target = join(folder.path, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

/** What a tool of ours says on the copy, and its exit code. */
function ran(
  tool: string,
  args: readonly string[],
): Promise<{ code: number | null; said: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const bin = join(ROOT, 'node_modules/.bin', tool);
  const child = spawn(bin, args, { cwd: folder.path, env: { PATH, HOME, NO_COLOR: '1' } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return new Promise((settle) => {
    child.once('close', (code) => settle({ code, said }));
  });
}

describe('a new programme', () => {
  it('is one file, its tests and its place in the list, as the page says (I-129)', async () => {
    const files = [...blocks('file')];
    expect(files.map(([path]) => path)).toEqual([
      'core/programmes/bakery2025.ts',
      'test/core/programmes/bakery2025.test.ts',
    ]);
    cpSync(join(ROOT, 'core'), join(folder.path, 'core'), { recursive: true });
    for (const path of ['package.json', 'tsconfig.json', 'vitest.config.ts']) {
      cpSync(join(ROOT, path), join(folder.path, path));
    }
    const helper = 'test/core/programmes/claimInput.ts';
    written(helper, readFileSync(join(ROOT, helper), 'utf8'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
    for (const [path, text] of files) written(path, text);
    const lines = blocks('lines').get(INDEX) ?? '';
    written(INDEX, withLines(readFileSync(join(ROOT, INDEX), 'utf8'), lines));

    expect(await ran('tsc', ['--noEmit'])).toEqual({ code: 0, said: '' });
    const tests = await ran('vitest', ['run', '--root', folder.path]);
    expect(tests.said).toMatch(/Tests\s+9 passed \(9\)/);
    expect(tests.code).toBe(0);
  }, 120_000);
});
