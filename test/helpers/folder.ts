import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** A fresh folder for the tests of this file: removed when they pass, kept and named when not. */
export function useFolder(): { readonly path: string } {
  const folder = { path: '' };
  let failed = false;
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'flowproof-test-'));
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      failed = true;
    });
  });
  afterAll(async () => {
    if (failed) console.error(`kept for a look: ${folder.path}`);
    else await rm(folder.path, { recursive: true, force: true });
  });
  return folder;
}
