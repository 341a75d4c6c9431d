import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runHere } from './here.ts';
import { run } from './run.ts';

const SERVER = ['--url', '--key-file'];
/** Every command, and what its help must name. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  serve: [],
  demo: ['--json', '--serve'],
  registry: ['FILE', ...SERVER],
  keys: ['create', 'list', 'revoke'],
  'keys create': ['--role', '--label', '--vendor', '--sme', '--out', ...SERVER],
  'keys list': ['--limit', ...SERVER],
  'keys revoke': ['KEY', ...SERVER],
  send: ['FILE', ...SERVER],
  rejects: ['--limit', ...SERVER],
  sources: ['--vendor', '--from', '--to', '--json', '--limit', ...SERVER],
  events: ['ORDER', '--from', '--to', '--csv', '--limit', ...SERVER],
  verify: ['--order', '--programme', '--as-of', ...SERVER],
  months: ['ORDER', '--as-of', '--json', ...SERVER],
  calibrate: ['SOLUTION', '--rule', '--as-of', '--json', ...SERVER],
  warnings: ['--programme', '--as-of', '--limit', ...SERVER],
  chart: ['ORDER', '--as-of', '--months', '--svg', '--out', ...SERVER],
  explain: ['ORDER', 'MONTH', '--as-of', '--json', ...SERVER],
  review: ['ORDER', 'MONTH', '--accept', '--reject', '--reopen', '--reason', '--json', ...SERVER],
  claim: ['ORDER', '--instalment', '--as-of', '--json', ...SERVER],
  draw: ['ORDER', '--instalment', '--as-of', '--json', ...SERVER],
  trace: ['ORDER', '--json', ...SERVER],
  claimable: ['--programme', '--as-of', '--csv', ...SERVER],
  roster: ['CASE', '--as-of', '--format', '--out', ...SERVER],
  idle: ['--as-of', '--limit', ...SERVER],
};
const KEY = 'fp_admin_notarealkey0123456789';

describe('help', () => {
  it('lists every command that there is', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2,}([a-z]+) {4}\S/gm)].map((match) => match[1]);
    const outer = Object.keys(COMMANDS).filter((name) => !name.includes(' '));
    expect(listed.toSorted()).toEqual(outer.toSorted());
  });

  it.each(Object.entries(COMMANDS))('of %s names its options', async (name, options) => {
    const { code, stdout, stderr } = await runHere([...name.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`USAGE flowproof ${name}`);
    expect(options.filter((option) => !stdout.includes(option))).toEqual([]);
    expect(stdout).not.toContain('\u001B');
  });

  it('gives the version', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage ends with code 2, the reason and the way to the help', () => {
  it.each([
    ['no command', [], 'Name a command'],
    ['an unknown command', ['bench'], 'no such command'],
    ['half a command', ['keys'], 'create, list, revoke'],
    ['a missing argument', ['months'], 'ORDER'],
    ['one argument too many', ['months', 'a', KEY], 'more arguments'],
    ['an unknown option', ['months', 'a', '--asof', '2023-01-01'], "'--asof'"],
    ['an option without its value', ['months', 'a', '--as-of'], '--as-of'],
    ['a missing option', ['claim', 'a'], '--instalment'],
    ['a value that is none of its own', ['claim', 'a', '--instalment', '3'], '1, 2'],
    ['a date that is none', ['months', 'a', '--as-of', '2023-02-30'], '--as-of'],
    ['a month that is none', ['explain', 'a', '0'], 'month'],
    ['no decision', ['review', 'a', '1', '--reason', 'r'], '--accept'],
    ['two', ['review', 'a', '1', '--accept', '--reject', '--reason', 'r'], '--reopen'],
    ['a limit that is none', ['rejects', '--limit', '0'], '--limit'],
    ['an address that is none', ['months', 'a', '--url', 'localhost:80'], 'URL'],
    ['a key file that is none', ['months', 'a', '--key-file', KEY], 'cannot be read (ENOENT)'],
    ['a file of an unknown format', ['send', 'log.txt'], '.ndjson'],
    ['a key as an argument', ['months', 'a', '--key', KEY], '--key-file'],
    ['a key as an argument, joined', ['months', 'a', `--key=${KEY}`], '--key-file'],
  ])('%s', async (_, args, said) => {
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toContain('--help');
    expect(stderr).not.toContain(KEY);
  });

  it('as a process too', async () => {
    const { code, stdout, stderr } = await run(['months'], { env: { FLOWPROOF_KEY: 'k' } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('ORDER');
  });

  it('no key: says where one is', async () => {
    const { code, stderr } = await run(['months', 'a']);
    expect(code).toBe(2);
    expect(stderr).toContain('--key-file');
    expect(stderr).toContain('admin.key');
  });
});

describe('a server that cannot be used', () => {
  it('which is not running: says how to start one', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const env = { FLOWPROOF_KEY: KEY, FLOWPROOF_URL: url };
    const { code, stdout, stderr } = await run(['months', 'a'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`No server answers at ${url} (connection refused)`);
    expect(stderr).toContain('npm start');
    expect(stderr).not.toContain(KEY);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
