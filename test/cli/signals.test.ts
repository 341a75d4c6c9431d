import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../helpers/folder.ts';
import { eventually, processesIn } from '../helpers/process.ts';
import { dataIn, type Running, start } from './run.ts';

const GONE_MS_MAX = 15_000;
const TEST_MS_MAX = 90_000;

describe('a signal leaves no process behind', () => {
  const folder = useFolder();
  const begin = (name: string, args: readonly string[], env: Record<string, string> = {}) => {
    const cwd = join(folder.path, name);
    const TMPDIR = join(cwd, 'tmp');
    mkdirSync(TMPDIR, { recursive: true });
    const running = start(args, { cwd, env: { TMPDIR, PORT: '0', ...env } });
    return { cwd, TMPDIR, running };
  };
  const allGone = (cwd: string) => eventually(() => processesIn(cwd).length === 0, GONE_MS_MAX);
  const end = async ({ child, ended }: Running, signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };

  it(
    'serve ends in order on SIGTERM',
    async () => {
      const { cwd, running } = begin('serve-term', ['serve']);
      await running.says('"serving"');
      expect(processesIn(cwd).length).toBeGreaterThan(1);
      expect((await end(running, 'SIGTERM')).code).toBe(0);
      expect(processesIn(cwd)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  it(
    'serve takes its Redis with it on SIGKILL (I-64)',
    async () => {
      const { cwd, running } = begin('serve-kill', ['serve']);
      await running.says('"serving"');
      expect((await end(running, 'SIGKILL')).code).toBeNull();
      expect(await allGone(cwd)).toBe(true);
    },
    TEST_MS_MAX,
  );

  it(
    'the demo ends in order on SIGTERM while it sends, as failed, without its data',
    async () => {
      const { cwd, TMPDIR, running } = begin('demo-term', ['demo', '--json']);
      await running.says('Registry');
      const { code, stdout, stderr } = await end(running, 'SIGTERM');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('stopping on SIGTERM');
      expect(stderr).not.toContain('flowproof:');
      expect(processesIn(cwd)).toEqual([]);
      expect(dataIn(TMPDIR)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  it(
    'the demo ends in order on SIGINT while it starts',
    async () => {
      const { cwd, TMPDIR, running } = begin('demo-int', ['demo']);
      await running.says('Starting');
      expect((await end(running, 'SIGINT')).code).toBe(1);
      expect(processesIn(cwd)).toEqual([]);
      expect(dataIn(TMPDIR)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  it(
    'the demo takes its Redis with it on SIGKILL',
    async () => {
      const { cwd, running } = begin('demo-kill', ['demo']);
      await running.says('Registry');
      expect(processesIn(cwd).length).toBeGreaterThan(1);
      expect((await end(running, 'SIGKILL')).code).toBeNull();
      expect(await allGone(cwd)).toBe(true);
    },
    TEST_MS_MAX,
  );
});
