import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adminKeyOf, openDataDir, pseudonymSecretOf } from '../../cli/files.ts';
import { temporaryFolder } from '../helpers/app.ts';

describe('the pseudonym secret', () => {
  it('is made once, for this user alone, and is the same at the next start', async () => {
    const dir = await temporaryFolder();
    const secret = pseudonymSecretOf(dir);
    expect(secret).toHaveLength(32);
    expect(statSync(join(dir, 'pseudonym.key')).mode & 0o777).toBe(0o600);
    mkdirSync(join(dir, 'clickhouse'));
    expect(pseudonymSecretOf(dir)).toEqual(secret);
  });

  it.each(['clickhouse', 'spool'])('lost beside %s stops the start with the mend', async (name) => {
    const dir = await temporaryFolder();
    mkdirSync(join(dir, name));
    expect(() => pseudonymSecretOf(dir)).toThrow(/Put the file back from the backup/);
  });
});

describe('the administrator key', () => {
  it('is random, kept, and told by its file alone', async () => {
    const [dir, other] = [await temporaryFolder(), await temporaryFolder()];
    const key = adminKeyOf(dir);
    expect(key).toMatch(/^fp_admin_[0-9a-f]{48}$/);
    expect(readFileSync(join(dir, 'admin.key'), 'utf8').trim()).toBe(key);
    expect(adminKeyOf(dir)).toBe(key);
    expect(adminKeyOf(other)).not.toBe(key);
  });
});

describe('a data directory', () => {
  it('of any content is not taken for a simulated one', async () => {
    const dir = await temporaryFolder();
    writeFileSync(join(dir, 'admin.key'), 'x');
    expect(() => openDataDir(dir, true)).toThrow(/empty folder/);
    rmSync(join(dir, 'admin.key'));
    openDataDir(dir, true);
    openDataDir(dir, true);
    expect(() => openDataDir(dir, false)).toThrow(/SIMULATED_CLOCK=1/);
  });
});
