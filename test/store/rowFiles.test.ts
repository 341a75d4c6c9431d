import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RowFiles, textOf } from '../../store/rowFiles.ts';
import { useFolder } from '../helpers/folder.ts';

const folder = useFolder();

function filesOf(path: string): RowFiles {
  const files = RowFiles.open(path);
  if (files === null) throw new RangeError('a plain folder has none');
  return files;
}

describe('rows for the engine', () => {
  it('lie in a file while they are used, and not after, also where the use fails', async () => {
    const path = join(folder.path, 'plain');
    const files = filesOf(path);
    const seen = await files.hold(textOf(['1\ta', '2\tb']), async () => readdirSync(path).length);
    expect(seen).toBe(1);
    await expect(files.hold(textOf(['1']), () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(readdirSync(path)).toEqual([]);
  });

  it('of a process that was killed are removed, whatever their names, and those in use are not', async () => {
    const path = join(folder.path, 'killed');
    mkdirSync(path);
    for (const name of ['1.tsv', '2.tsv', '999.tsv']) writeFileSync(join(path, name), 'left');
    const files = filesOf(path);
    expect(readdirSync(path)).toEqual([]);
    await files.hold(textOf(['1']), async (held) => {
      RowFiles.open(path);
      expect([held]).toEqual(readdirSync(path).map((name) => join(path, name)));
    });
  });

  it('have a whole path, wherever the process runs', async () => {
    const path = join(folder.path, 'relative');
    const files = filesOf(relative(process.cwd(), path));
    expect(await files.hold(textOf(['1']), async (held) => held.startsWith(path))).toBe(true);
  });

  it.each(['a*', 'a?', '{a,b}'])('are no files in a folder that reads as a pattern: %s', (name) => {
    expect(RowFiles.open(join(folder.path, name))).toBeNull();
  });

  it('that cannot be written are a failure of the store', async () => {
    const files = filesOf(join(folder.path, 'full'));
    const failing = (function* () {
      yield '1';
      throw new Error('no space');
    })();
    const use = async () => 'used';
    await expect(files.hold(textOf(failing), use)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(readdirSync(join(folder.path, 'full'))).toEqual([]);
  });
});
