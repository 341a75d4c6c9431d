import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Rejection } from '../../../client/index.js';
import { eventsAt, formatOf, type LogFormat } from './batches.ts';
import { table } from './table.ts';
import { UsageError } from './usageError.ts';

/** The refused events of a send, counted by code, with the first of each to show. */
export class Refused {
  readonly #byCode = new Map<string, { count: number; readonly first: Rejection[] }>();

  /** @param rejected with indexes over the whole file */
  add(rejected: readonly Rejection[]): void {
    for (const rejection of rejected) {
      const found = this.#byCode.get(rejection.code) ?? { count: 0, first: [] };
      found.count += 1;
      if (found.first.length < SAMPLES_MAX) found.first.push(rejection);
      this.#byCode.set(rejection.code, found);
    }
  }

  get count(): number {
    return [...this.#byCode.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** How many of each code, then samples by their place in the file, counted from 1. */
  text(): string {
    const counts = [...this.#byCode].map(([code, { count }]) => [code, count]);
    const samples = [...this.#byCode.values()].flatMap(({ first }) => first);
    const rows = samples
      .sort((a, b) => a.index - b.index)
      .map(({ index, id, code, detail }) => [index + 1, id ?? '–', code, detail]);
    return (
      `${table([['代碼 Code', '件數 Count'], ...counts])}\n` +
      table([['事件 Event', '編號 Id', '代碼 Code', '說明 Detail'], ...rows])
    );
  }
}

const SAMPLES_MAX = 5;

/**
 * The refused events as they stood in the log, in a file of the same format: mended, it is sent.
 * It has its name once it is whole, so that a send that broke off is repeated as it was; no file of
 * that name is written over.
 */
export class RefusedFile {
  readonly #path: string;
  readonly #partPath: string;
  readonly #kind: LogFormat['kind'];
  #file: FileHandle | null = null;
  #count = 0;

  /** Throws UsageError where the file is there already, or of another format than the log. */
  constructor(path: string, log: LogFormat) {
    const { kind, gzipped } = formatOf(path);
    if (kind !== log.kind || gzipped) {
      throw new UsageError('--rejects takes a file with the extension of the log, without .gz.');
    }
    if (existsSync(path)) throw new UsageError(THERE_ALREADY);
    this.#path = path;
    this.#partPath = `${path}.part`;
    this.#kind = kind;
  }

  /** @param indexes of the body */
  async add(body: Uint8Array, indexes: readonly number[]): Promise<void> {
    if (indexes.length === 0) return;
    const { header, events } = await eventsAt(body, this.#kind, indexes);
    const isJson = this.#kind === 'json';
    if (this.#file === null) {
      await rm(this.#partPath, { force: true });
      this.#file = await open(this.#partPath, 'wx', 0o600);
      if (header !== null) await this.#file.write(header);
      if (isJson) await this.#file.write('[');
    }
    for (const event of events) {
      if (isJson) await this.#file.write(this.#count === 0 ? '\n' : ',\n');
      await this.#file.write(event);
      if (!isJson && event.at(-1) !== LINE_FEED) await this.#file.write('\n');
      this.#count += 1;
    }
  }

  /** Everything was answered: the file gets its name. */
  async keep(): Promise<void> {
    if (this.#file === null) return;
    if (this.#kind === 'json') await this.#file.write('\n]\n');
    await this.#file.close();
    await rename(this.#partPath, this.#path);
  }

  /** The send broke off: what is there is not the whole. */
  async discard(): Promise<void> {
    if (this.#file === null) return;
    await this.#file.close();
    await rm(this.#partPath, { force: true });
  }
}

const THERE_ALREADY = 'The file of --rejects is there already: remove it, or name another.';

const LINE_FEED = 0x0a;
