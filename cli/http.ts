import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { mendOf } from './commands/shared/mends.ts';

/** What a caller of the API needs besides the server's address. */
export interface ApiClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Sent as a bearer key; never part of any message. */
  readonly key: string;
  /** Ends what is under way. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Statuses beside 2xx whose body is an answer, not a problem. */
  readonly alsoOk?: readonly number[];
  /**
   * Tries where the server asks to come back (429, 503) or nobody answers: only for what may be sent
   * twice.
   */
  readonly triesMax?: number;
  /** Hears why it waits before another try. */
  readonly onWait?: (error: ApiProblem | NoServer, waitMs: number) => void;
}

/** A problem document of the server, in words for people. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;

  constructor(status: number, problem: z.infer<typeof problemSchema>) {
    const mend = mendOf(problem.code);
    super(`${problem.title}: ${problem.detail}${mend === undefined ? '' : `\n  ${mend}`}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
  }
}

/** Nobody answered: the message says how to start a server or name another. */
export class NoServer extends Error {
  constructor(url: string, reason: string) {
    super(
      `No server answers at ${url} (${reason}).\n` +
        '  請啟動伺服器，或指定另一個 / Start one with "npm start", or name another with --url or FLOWPROOF_URL.',
    );
    this.name = 'NoServer';
  }
}

/** One server and one key. Every call throws ApiProblem or NoServer where there is no answer. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** A JSON answer, held to its shape. */
  async json<T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<T> {
    const response = await this.call(method, path, options);
    const parsed = schema.safeParse(await response.json());
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new Error(
      `The server at ${this.#options.url} gave an answer of another shape: ${where}.`,
    );
  }

  /** The items of a list, page by page, at most so many; it says whether there are more. */
  async list<T>(
    schema: z.ZodType<T>,
    path: string,
    itemsMax: number,
    query: Readonly<Record<string, string | undefined>> = {},
  ): Promise<{ readonly items: readonly T[]; readonly isCut: boolean }> {
    const page = z.object({ items: z.array(schema), nextCursor: z.string().nullable() });
    const items: T[] = [];
    let cursor: string | undefined;
    while (items.length < itemsMax) {
      const limit = String(Math.min(itemsMax - items.length, PAGE_ITEMS));
      const answer = await this.json(page, 'GET', path, { query: { ...query, limit, cursor } });
      for (const item of answer.items) items.push(item);
      if (answer.nextCursor === null) return { items, isCut: false };
      cursor = answer.nextCursor;
    }
    return { items, isCut: true };
  }

  /** The answer with its body unread; the caller reads it whole. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const triesMax = options.triesMax ?? 1;
    for (let tried = 1; ; tried += 1) {
      const answer = await this.#send(method, path, options);
      const isAnswer = answer instanceof Response;
      if (isAnswer && (answer.ok || options.alsoOk?.includes(answer.status) === true)) {
        return answer;
      }
      const error = isAnswer ? await problemOf(answer) : answer;
      const mayComeBack = !isAnswer || answer.status === 429 || answer.status === 503;
      if (!mayComeBack || tried >= triesMax) throw error;
      const ms = waitMs(isAnswer ? answer.headers.get('retry-after') : null, tried);
      options.onWait?.(error, ms);
      await sleep(ms, undefined, { signal: this.#options.signal });
    }
  }

  async #send(method: string, path: string, options: CallOptions): Promise<Response | NoServer> {
    const { url, key, signal } = this.#options;
    const target = new URL(url.replace(/\/*$/, '') + path);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    try {
      return await fetch(target, {
        method,
        headers: { authorization: `Bearer ${key}`, ...options.headers },
        ...(options.body === undefined ? {} : { body: options.body }),
        ...(signal === undefined ? {} : { signal }),
        // A key goes to the server that was named, nowhere else.
        redirect: 'error',
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return new NoServer(url, reasonOf(error));
    }
  }
}

/** The body and headers of a JSON request. */
export function jsonBody(value: unknown): Pick<CallOptions, 'body' | 'headers'> {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** The page that the server gives at most. */
const PAGE_ITEMS = 1_000;
/** A server that asks for a longer pause gets this one, and then another try. */
const WAIT_MS_MAX = 60_000;

const problemSchema = z.object({ title: z.string(), detail: z.string(), code: z.string() });

async function problemOf(response: Response): Promise<ApiProblem> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const parsed = problemSchema.safeParse(body);
  if (parsed.success) return new ApiProblem(response.status, parsed.data);
  const detail = 'What answers there is no flowproof server, or something in between.';
  const title = `Status ${response.status}`;
  return new ApiProblem(response.status, { title, detail, code: 'unknown' });
}

function waitMs(retryAfter: string | null, tried: number): number {
  const asked = Number(retryAfter ?? Number.NaN);
  const seconds = Number.isFinite(asked) && asked >= 0 ? asked : 2 ** (tried - 1);
  return Math.min(seconds * 1_000, WAIT_MS_MAX);
}

/** Why nobody answered, from what `fetch` threw. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') {
    return cause.code === 'ECONNREFUSED' ? 'connection refused' : cause.code;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
