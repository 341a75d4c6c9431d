import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * Holds docs/SPEC.md and the tests together, in both directions: which test proves rule 7, and which
 * rule does this test prove.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = 'test/spec.test.ts';

const ITEM = /^- \*\*I-(\d{2,3})\*\* (.+)$/;
const NAMED = /^ {2}- `(test\/\S+\.test\.ts): "(.+)"`$/;
/** The title of a test, of a group, or of a table of either: its text as it stands in the source. */
const TITLE =
  /(?:\b(?:it|test|describe)(?:\.\w+)*|\))\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)\s*,/g;
const TAG = / ?\(I-(\d{2,3})\)/g;

interface Invariant {
  readonly number: number;
  readonly sentence: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

interface Title {
  readonly file: string;
  /** Without its tags. */
  readonly text: string;
  readonly tags: readonly number[];
}

const invariants = readInvariants();
const titles = readTitles();

describe('docs/SPEC.md and the tests', () => {
  it('numbers the invariants from 1 without a gap', () => {
    expect(invariants.length).toBeGreaterThan(0);
    expect(invariants.map((i) => i.number)).toEqual(invariants.map((_, i) => i + 1));
  });

  it('says each invariant as one sentence, and names a test of it', () => {
    const faults = invariants.filter((i) => !i.sentence.endsWith('.') || i.tests.length === 0);
    expect(faults.map((i) => i.number)).toEqual([]);
  });

  it('names only tests that exist and carry the number of the invariant', () => {
    const faults = invariants.flatMap(({ number, tests }) =>
      tests
        .filter(({ file, title }) => !titles.some((t) => carries(t, file, title, number)))
        .map(({ file, title }) => `I-${number} ${file}: ${title}`),
    );
    expect(faults).toEqual([]);
  });

  it('names every test whose title carries a number', () => {
    const faults = titles.flatMap((title) =>
      title.tags
        .filter((tag) => !isNamed(title, tag))
        .map((tag) => `${title.file}: ${title.text} (I-${tag})`),
    );
    expect(faults).toEqual([]);
  });

  it('is understood to its last line: no test is named in another form', () => {
    const text = readFileSync(join(ROOT, 'docs/SPEC.md'), 'utf8');
    const count = invariants.reduce((sum, i) => sum + i.tests.length, 0);
    expect(text.match(/\.test\.ts: /g)).toHaveLength(count);
    expect(text.match(/\*\*I-/g)).toHaveLength(invariants.length);
  });
});

function carries(title: Title, file: string, part: string, number: number): boolean {
  return title.file === file && title.text.includes(part) && title.tags.includes(number);
}

function isNamed(title: Title, tag: number): boolean {
  const named = invariants.find((i) => i.number === tag)?.tests ?? [];
  return named.some((t) => t.file === title.file && title.text.includes(t.title));
}

function readInvariants(): Invariant[] {
  const found: { number: number; sentence: string; tests: { file: string; title: string }[] }[] =
    [];
  for (const line of readFileSync(join(ROOT, 'docs/SPEC.md'), 'utf8').split('\n')) {
    const item = ITEM.exec(line);
    if (item !== null) {
      found.push({ number: Number(item[1]), sentence: item[2] ?? '', tests: [] });
    }
    const named = NAMED.exec(line);
    if (named !== null) found.at(-1)?.tests.push({ file: named[1] ?? '', title: named[2] ?? '' });
  }
  return found;
}

function readTitles(): Title[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path.split(sep).join('/')}`)
    .filter((path) => path.endsWith('.test.ts') && path !== OWN)
    .flatMap((file) => titlesOf(file, readFileSync(join(ROOT, file), 'utf8')));
}

function titlesOf(file: string, source: string): Title[] {
  return [...source.matchAll(TITLE)].map((match) => {
    const text = match[1] ?? match[2] ?? match[3] ?? '';
    const tags = [...text.matchAll(TAG)].map((tag) => Number(tag[1]));
    return { file, text: text.replace(TAG, ''), tags };
  });
}
