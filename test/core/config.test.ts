import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIG_DEFAULTS, ConfigError, environmentSchema, readConfig } from '../../core/config.ts';

const KEY = 'k'.repeat(24);
const SERVERS = { CLICKHOUSE_URL: 'http://ch:8123', REDIS_URL: 'redis://redis:6379' };

function noFile(path: string): string {
  throw new Error(`no file ${path}`);
}

function faultsOf(env: Record<string, string>, readFile = noFile): readonly string[] {
  try {
    readConfig(env, readFile);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('readConfig', () => {
  it('gives the defaults for an empty environment', () => {
    expect(readConfig({}, noFile)).toEqual({
      host: '127.0.0.1',
      port: 8080,
      dataDir: './data',
      clickhouse: null,
      redisUrl: null,
      roles: ['ingest', 'loader', 'worker', 'api'],
      simulatedClock: false,
      adminKey: null,
      webhook: null,
      logLevel: 'info',
      renderWorkers: 1,
      quotaEventsPerMinute: null,
    });
  });

  it('takes an empty variable as unset, and ignores variables that it does not know', () => {
    const empty = Object.fromEntries(
      Object.keys(environmentSchema.shape).map((name) => [name, '']),
    );
    expect(readConfig({ ...empty, PATH: '/bin', CI: undefined }, noFile)).toEqual(
      readConfig({}, noFile),
    );
  });

  it('takes the receiver of warnings with the secret that signs for it, or neither', () => {
    const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    const both = { WEBHOOK_URL: 'https://example.org/w', WEBHOOK_SECRET_FILE: '/s' };
    expect(readConfig(both, () => `${secret}\n`).webhook).toEqual({
      url: 'https://example.org/w',
      secret,
    });
    expect(faultsOf(both, () => 'whsec_short')).toHaveLength(1);
    expect(faultsOf({ WEBHOOK_URL: both.WEBHOOK_URL })).toHaveLength(1);
    expect(faultsOf({ ...both, SIMULATED_CLOCK: '1' }, () => secret)).toHaveLength(1);
  });

  it('reports all faults at once, each naming its variable (I-57)', () => {
    const names = faultsOf({
      HOST: 'a b',
      PORT: 'eighty',
      CLICKHOUSE_URL: 'ftp://x',
      REDIS_URL: 'http://x',
      ROLES: 'ingest,poet',
      SIMULATED_CLOCK: 'yes',
      ADMIN_KEY: 'short',
      ADMIN_KEY_FILE: '/run/secrets/admin',
      LOG_LEVEL: 'loud',
      RENDER_WORKERS: '0',
      QUOTA_EVENTS_PER_MINUTE: '4999',
    }).map((fault) => fault.split(/[ :]/)[0]);
    expect(new Set(names)).toEqual(
      new Set([
        'HOST',
        'PORT',
        'CLICKHOUSE_URL',
        'REDIS_URL',
        'ROLES',
        'SIMULATED_CLOCK',
        'ADMIN_KEY',
        'ADMIN_KEY_FILE',
        'LOG_LEVEL',
        'RENDER_WORKERS',
        'QUOTA_EVENTS_PER_MINUTE',
      ]),
    );
  });

  it.each([
    ['PORT', ['0', '1', '65535'], ['65536', '-1', '80.5', '0x50', ' 80', '1e3']],
    ['RENDER_WORKERS', ['1', '64'], ['0', '65', 'two']],
    ['QUOTA_EVENTS_PER_MINUTE', ['5000', '999999999'], ['0', '4999', '1e9']],
    ['ADMIN_KEY', [KEY, 'k'.repeat(512)], ['k'.repeat(23), 'k'.repeat(513), `${KEY} x`, `${KEY}é`]],
    ['SIMULATED_CLOCK', ['0', '1'], ['true', '2']],
    ['LOG_LEVEL', ['trace', 'silent'], ['INFO', 'verbose']],
    [
      'CLICKHOUSE_URL',
      ['http://h', 'https://u:p%40@h:8443/db'],
      ['h:8123', 'tcp://h', 'http://', 'http://u%zz@h'],
    ],
    ['REDIS_URL', ['redis://h', 'rediss://u:p@h:6380/2'], ['h:6379', 'redis:', 'unix:///x']],
    [
      'ROLES',
      ['ingest,loader,worker,api', 'api , worker,loader,ingest'],
      [',', ' ', 'all', 'api,'],
    ],
  ])('%s admits its bounds and refuses what lies beyond', (name, good, bad) => {
    for (const value of good) expect(faultsOf({ [name]: value }), value).toEqual([]);
    for (const value of bad) {
      const faults = faultsOf({ [name]: value });
      expect(faults, value).toHaveLength(1);
      expect(faults[0]).toMatch(new RegExp(`^${name} must `));
    }
  });

  it('never repeats a secret in a fault (I-57)', () => {
    const env = { ADMIN_KEY: 'hunter2', CLICKHOUSE_URL: 'ftp://u:hunter2@h', REDIS_URL: 'hunter2' };
    const faults = faultsOf({ ...env, ADMIN_KEY_FILE: '/f' }, () => 'hunter2 from a file\n');
    expect(faults).toHaveLength(5);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('never throws anything but a ConfigError, whatever the environment', () => {
    const names = Object.keys(environmentSchema.shape);
    const env = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }));
    fc.assert(fc.property(env, (given) => Array.isArray(faultsOf(given))));
    expect(faultsOf({ PORT: '\0' })).toHaveLength(1);
  });
});

describe('secrets', () => {
  it('come from files, without the last line break', () => {
    const files: Record<string, string> = { '/admin': `${KEY}\n`, '/password': 'p w\r\n' };
    const config = readConfig(
      {
        ADMIN_KEY_FILE: '/admin',
        CLICKHOUSE_URL: 'https://flow@ch/db',
        CLICKHOUSE_PASSWORD_FILE: '/password',
      },
      (path) => files[path] ?? noFile(path),
    );
    expect(config.adminKey).toBe(KEY);
    expect(config.clickhouse).toEqual({ url: 'https://ch/db', username: 'flow', password: 'p w' });
  });

  it('are taken out of the server URL, decoded', () => {
    const { clickhouse } = readConfig({ CLICKHOUSE_URL: 'http://a%40b:p%2Fq@ch:8123/' }, noFile);
    expect(clickhouse).toEqual({ url: 'http://ch:8123/', username: 'a@b', password: 'p/q' });
  });

  it('are faults where the file is missing, empty or too short', () => {
    expect(faultsOf({ ADMIN_KEY_FILE: '/f' })).toEqual([expect.stringContaining('cannot be read')]);
    expect(faultsOf({ ADMIN_KEY_FILE: '/f' }, () => '\n')).toEqual([
      expect.stringContaining('is empty'),
    ]);
    expect(faultsOf({ ADMIN_KEY_FILE: '/f' }, () => 'k'.repeat(23))).toEqual([
      expect.stringContaining('24 to 512'),
    ]);
  });
});

describe('combinations that are refused', () => {
  it.each([
    ['split roles without ClickHouse', { ...SERVERS, CLICKHOUSE_URL: '', ROLES: 'api' }],
    ['split roles without Redis', { ...SERVERS, REDIS_URL: '', ROLES: 'ingest,loader,worker' }],
    ['simulated time on a server', { ...SERVERS, SIMULATED_CLOCK: '1' }],
    ['two administrator keys', { ADMIN_KEY: KEY, ADMIN_KEY_FILE: '/f' }],
    ['a password file without its server', { CLICKHOUSE_PASSWORD_FILE: '/f' }],
    ['two passwords', { CLICKHOUSE_URL: 'http://u:p@ch', CLICKHOUSE_PASSWORD_FILE: '/f' }],
  ])('%s', (_, env) => {
    expect(faultsOf(env, () => KEY)).toHaveLength(1);
  });

  it('and their neighbours are admitted', () => {
    expect(faultsOf({ ...SERVERS, ROLES: 'api' })).toEqual([]);
    expect(faultsOf({ CLICKHOUSE_URL: SERVERS.CLICKHOUSE_URL })).toEqual([]);
    expect(faultsOf({ REDIS_URL: SERVERS.REDIS_URL, SIMULATED_CLOCK: '1' })).toEqual([]);
    expect(faultsOf({ ...SERVERS, SIMULATED_CLOCK: '0' })).toEqual([]);
  });
});

describe('the documentation of the configuration', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const variables = Object.keys(environmentSchema.shape);
  const defaults: Record<string, string> = CONFIG_DEFAULTS;

  it('docs/configuration.md has the same variables and defaults as the schema', () => {
    const rows = read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` \| (.+?) \| .+ \|$/gm);
    const documented = [...rows].map(([, name, shown]) => [name, shown]);
    const known = variables.map((name) => [name, defaults[name] ? `\`${defaults[name]}\`` : '–']);
    expect(documented).toEqual(known);
  });

  it('.env.example has the same variables, and starts as it stands', () => {
    const lines = [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)];
    const env = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
    expect(Object.keys(env)).toEqual(variables);
    expect(readConfig(env, noFile)).toEqual(readConfig({}, noFile));
  });
});
