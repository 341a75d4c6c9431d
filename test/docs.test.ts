import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Every link from one document of the project to another leads somewhere. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LINK = /\]\(([^)\s]+)\)/g;
const HEADING = /^#{1,6} +(.+?) *#*$/;

const documents = [
  ...readdirSync(ROOT).filter((name) => /^README.*\.md$/.test(name)),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((name) => join(ROOT, name));

describe('the documents', () => {
  it.each(documents.map((path) => [relative(ROOT, path), path]))(
    '%s links to files and headings that exist',
    (_, path) => {
      const targets = linesOf(path).flatMap((line) =>
        [...line.replace(/`[^`]*`/g, '').matchAll(LINK)].map(([, target = '']) => target),
      );
      const own = targets.filter((target) => !/^[a-z]+:/.test(target));
      expect(own.filter((target) => !leads(path, target))).toEqual([]);
    },
  );

  it('are all looked at, and a dead link is told from a good one', () => {
    const from = join(ROOT, 'docs/errors.md');
    expect(documents).toContain(from);
    expect(leads(from, 'ingest.md#quotas-and-turns')).toBe(true);
    expect(leads(from, 'ingest.md#no-such-heading')).toBe(false);
    expect(leads(from, 'no-such-file.md')).toBe(false);
  });
});

function leads(from: string, target: string): boolean {
  const [name = '', anchor] = target.split('#');
  const path = name === '' ? from : join(dirname(from), decodeURIComponent(name));
  if (!existsSync(path)) return false;
  return anchor === undefined || anchorsOf(path).has(decodeURIComponent(anchor));
}

/** As GitHub makes them: lower case, no punctuation, a hyphen for each space, numbered if again. */
function anchorsOf(path: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of linesOf(path)) {
    const title = HEADING.exec(line)?.[1];
    if (title === undefined) continue;
    const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
    let free = anchor;
    for (let n = 1; anchors.has(free); n += 1) free = `${anchor}-${n}`;
    anchors.add(free);
  }
  return anchors;
}

/** Without what stands in fences: code has no links and no headings. */
function linesOf(path: string): string[] {
  let isCode = false;
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => {
      const isFence = /^\s*```/.test(line);
      if (isFence) isCode = !isCode;
      return !isFence && !isCode;
    });
}
