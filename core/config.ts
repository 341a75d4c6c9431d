import { z } from 'zod';
import { BATCH_EVENTS_MAX } from './limits.ts';

/**
 * The configuration schema. Pure: the environment and the reading of secret files are handed in.
 * `docs/configuration.md` has the same variables and defaults; a test holds both together.
 */

export const PROCESS_ROLES = ['ingest', 'loader', 'worker', 'api'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const ADMIN_KEY_CHARS_MIN = 24;
const ADMIN_KEY_CHARS_MAX = 512;
const RENDER_WORKERS_MAX = 64;
const QUOTA_MAX = 999_999_999;

/** What a variable is when it is unset or empty; the others have no default. */
export const CONFIG_DEFAULTS = {
  HOST: '127.0.0.1',
  PORT: '8080',
  DATA_DIR: './data',
  ROLES: PROCESS_ROLES.join(','),
  SIMULATED_CLOCK: '0',
  LOG_LEVEL: 'info',
  RENDER_WORKERS: '1',
} as const;

/** Every variable that is read, as text; the messages say the mend and never repeat the value. */
export const environmentSchema = z.object({
  HOST: z.string().regex(/^\S+$/, 'must be a host name or address, such as 127.0.0.1'),
  PORT: wholeNumber(0, 65_535, 'such as 8080; 0 takes any free port'),
  DATA_DIR: z.string(),
  CLICKHOUSE_URL: serverUrl(
    ['http:', 'https:'],
    'such as http://user@clickhouse:8123/flowproof',
  ).optional(),
  CLICKHOUSE_PASSWORD_FILE: z.string().optional(),
  REDIS_URL: serverUrl(['redis:', 'rediss:'], 'such as redis://redis:6379').optional(),
  ROLES: z.string().transform(toRoles),
  SIMULATED_CLOCK: z
    .enum(['0', '1'], { error: 'must be 1 or 0' })
    .transform((text) => text === '1'),
  ADMIN_KEY_FILE: z.string().optional(),
  ADMIN_KEY: z.string().superRefine(checkAdminKey).optional(),
  WEBHOOK_URL: serverUrl(['http:', 'https:'], 'such as https://example.org/warnings').optional(),
  WEBHOOK_SECRET_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }),
  RENDER_WORKERS: wholeNumber(1, RENDER_WORKERS_MAX, 'at most one for each processor core'),
  QUOTA_EVENTS_PER_MINUTE: wholeNumber(
    BATCH_EVENTS_MAX,
    QUOTA_MAX,
    'no less than one request may hold; leave it out for none',
  ).optional(),
});

export type ConfigVariable = keyof typeof environmentSchema.shape;
type Given = Partial<Record<ConfigVariable, string>>;

export interface ClickhouseServer {
  /** Without user and password; a path names the database. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** Null: the embedded engine, inside `dataDir`. */
  readonly clickhouse: ClickhouseServer | null;
  /** Null: a private Redis, inside `dataDir`. */
  readonly redisUrl: string | null;
  /** Never empty. */
  readonly roles: readonly ProcessRole[];
  readonly simulatedClock: boolean;
  /** Null: `dataDir`/admin.key, generated on the first start. */
  readonly adminKey: string | null;
  /** Where firms going silent are told of; null: nowhere. */
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly renderWorkers: number;
  /** Of each vendor; null: as many as it likes. */
  readonly quotaEventsPerMinute: number | null;
}

/** Every fault of a configuration at once, each naming its variable and the mend. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(['The configuration has faults:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/**
 * The configuration of a process. A variable that is empty counts as unset.
 * @param readFile reads a secret file as text, throws where it cannot
 * @throws ConfigError with all faults
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Config {
  const given = givenOf(env);
  const adminKey = secretOf('ADMIN_KEY_FILE', given, readFile);
  const password = secretOf('CLICKHOUSE_PASSWORD_FILE', given, readFile);
  const webhookSecret = secretOf('WEBHOOK_SECRET_FILE', given, readFile);
  const parsed = environmentSchema.safeParse({ ...CONFIG_DEFAULTS, ...given });
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...adminKey.faults,
    ...adminKeyFaults(adminKey.value).map((fault) => `ADMIN_KEY_FILE: the key ${fault}`),
    ...password.faults,
    ...webhookSecret.faults,
    ...webhookSecretFaults(webhookSecret.value),
    ...crossFaults(given),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    clickhouse: values.CLICKHOUSE_URL ? serverOf(values.CLICKHOUSE_URL, password.value) : null,
    redisUrl: values.REDIS_URL ?? null,
    roles: values.ROLES,
    simulatedClock: values.SIMULATED_CLOCK,
    adminKey: adminKey.value ?? values.ADMIN_KEY ?? null,
    webhook:
      values.WEBHOOK_URL !== undefined && webhookSecret.value !== null
        ? { url: values.WEBHOOK_URL, secret: webhookSecret.value }
        : null,
    logLevel: values.LOG_LEVEL,
    renderWorkers: values.RENDER_WORKERS,
    quotaEventsPerMinute: values.QUOTA_EVENTS_PER_MINUTE ?? null,
  };
}

/** What no variable shows by itself: combinations that would lose data or keep two truths. */
function crossFaults(given: Given): string[] {
  const faults: string[] = [];
  const roles = environmentSchema.shape.ROLES.safeParse(given.ROLES ?? CONFIG_DEFAULTS.ROLES);
  const split = roles.success && roles.data.length < PROCESS_ROLES.length;
  if (roles.success && roles.data.includes('ingest') !== roles.data.includes('loader')) {
    faults.push('ROLES: ingest and loader share the spool of one process: name both, or neither');
  }
  if (split && given.CLICKHOUSE_URL === undefined) {
    faults.push(
      'ROLES splits the roles, but the embedded engine belongs to one process: set CLICKHOUSE_URL, or leave ROLES out',
    );
  }
  if (split && given.REDIS_URL === undefined) {
    faults.push(
      'ROLES splits the roles, but a private Redis belongs to one process: set REDIS_URL, or leave ROLES out',
    );
  }
  if (given.SIMULATED_CLOCK === '1' && given.CLICKHOUSE_URL !== undefined) {
    faults.push(
      'SIMULATED_CLOCK never runs on a server that others share: leave out CLICKHOUSE_URL or SIMULATED_CLOCK',
    );
  }
  if ((given.WEBHOOK_URL === undefined) !== (given.WEBHOOK_SECRET_FILE === undefined)) {
    faults.push('WEBHOOK_URL and WEBHOOK_SECRET_FILE go together: set both, or leave both out');
  }
  if (given.WEBHOOK_URL !== undefined && given.SIMULATED_CLOCK === '1') {
    faults.push('WEBHOOK_URL tells of real days: leave it or SIMULATED_CLOCK out');
  }
  if (given.ADMIN_KEY !== undefined && given.ADMIN_KEY_FILE !== undefined) {
    faults.push('ADMIN_KEY and ADMIN_KEY_FILE are both set: leave one out');
  }
  if (given.CLICKHOUSE_PASSWORD_FILE !== undefined) {
    if (given.CLICKHOUSE_URL === undefined) {
      faults.push('CLICKHOUSE_PASSWORD_FILE needs CLICKHOUSE_URL: set it, or leave the file out');
    } else if (hasPassword(given.CLICKHOUSE_URL)) {
      faults.push(
        'CLICKHOUSE_PASSWORD_FILE and the password in CLICKHOUSE_URL are both set: leave one out',
      );
    }
  }
  return faults;
}

function givenOf(env: Readonly<Record<string, string | undefined>>): Given {
  const names = Object.keys(environmentSchema.shape) as ConfigVariable[];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

interface Secret {
  readonly value: string | null;
  readonly faults: readonly string[];
}

function secretOf(
  name: 'ADMIN_KEY_FILE' | 'CLICKHOUSE_PASSWORD_FILE' | 'WEBHOOK_SECRET_FILE',
  given: Given,
  readFile: (path: string) => string,
): Secret {
  const path = given[name];
  if (path === undefined) return { value: null, faults: [] };
  try {
    const value = readFile(path).replace(/\r?\n$/, '');
    if (value !== '') return { value, faults: [] };
    return { value: null, faults: [`${name}: ${path} is empty: write the secret into it`] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      value: null,
      faults: [`${name}: ${path} cannot be read (${why}): make the file readable or leave it out`],
    };
  }
}

function hasPassword(text: string): boolean {
  return URL.canParse(text) && new URL(text).password !== '';
}

function serverOf(text: string, passwordFromFile: string | null): ClickhouseServer {
  const url = new URL(text);
  const username = decodeURIComponent(url.username) || 'default';
  const password = passwordFromFile ?? decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, username, password };
}

function adminKeyFaults(key: string | null): string[] {
  if (key === null) return [];
  if (key.length < ADMIN_KEY_CHARS_MIN || key.length > ADMIN_KEY_CHARS_MAX) {
    return [
      `must have ${ADMIN_KEY_CHARS_MIN} to ${ADMIN_KEY_CHARS_MAX} characters: make one with "openssl rand -hex 32"`,
    ];
  }
  return /^[\x21-\x7e]+$/.test(key) ? [] : ['must be printable ASCII without spaces'];
}

function webhookSecretFaults(secret: string | null): string[] {
  if (secret === null || /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret)) return [];
  return [
    'WEBHOOK_SECRET_FILE: the secret must be whsec_ and 24 to 64 bytes in base64: make one with "echo whsec_$(openssl rand -base64 32)"',
  ];
}

function checkAdminKey(key: string, context: z.RefinementCtx): void {
  for (const message of adminKeyFaults(key)) context.addIssue({ code: 'custom', message });
}

function toRoles(text: string, context: z.RefinementCtx): readonly ProcessRole[] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  const roles = PROCESS_ROLES.filter((role) => names.has(role));
  if (roles.length === names.size) return roles;
  const message = `must be a comma list of ${PROCESS_ROLES.join(', ')}; leave it out for all`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function wholeNumber(min: number, max: number, hint: string) {
  return z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      message: `must be a whole number from ${min} to ${max}, ${hint}`,
    })
    .transform(Number);
}

function serverUrl(protocols: readonly string[], example: string) {
  const admitted = protocols.map((protocol) => `${protocol}//`).join(' or ');
  return z.string().refine((text) => isServerUrl(text, protocols), {
    message: `must be a URL that begins with ${admitted}, ${example}`,
  });
}

function isServerUrl(text: string, protocols: readonly string[]): boolean {
  try {
    const url = new URL(text);
    decodeURIComponent(url.username + url.password);
    return protocols.includes(url.protocol) && url.hostname !== '';
  } catch {
    return false;
  }
}
