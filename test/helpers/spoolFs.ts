import { posix } from 'node:path';
import type { SpoolFile, SpoolFs } from '../../ingest/spool/spoolFs.ts';
import { Content, type Survival } from './spoolFsDisk.ts';
import { below, bytesOf, type Random } from './spoolFsRandom.ts';

/** Every call that a fault can meet. */
export type FsCall =
  | 'open'
  | 'write'
  | 'read'
  | 'datasync'
  | 'sync'
  | 'truncate'
  | 'size'
  | 'rename'
  | 'link'
  | 'remove'
  | 'list'
  | 'syncDir'
  | 'mkdir'
  | 'freeBytes';

/**
 * What happens to a call: `power` ends the machine before or in the middle of it, a code fails it,
 * `short` writes a part and says so.
 */
export type Fault = 'power' | 'ENOSPC' | 'EIO' | 'short' | null;

type DirOp = { readonly name: string; readonly content: Content | null };

/** What every call throws once the power is gone. */
export class PowerLoss extends Error {}

/**
 * A disk in memory that loses power. Contents, sizes and names each become durable by their own
 * sync; `crash` keeps any part of the rest.
 */
export class FaultFs implements SpoolFs {
  /** Decides the fate of each call, by its running number; open to be replaced at any time. */
  fault: (call: FsCall, index: number) => Fault = () => null;
  /** Awaited before a datasync takes effect. */
  beforeDatasync: () => Promise<void> = () => Promise.resolve();
  /** The broken machine of the control: syncs succeed and do nothing. */
  syncsLie = false;
  free = 2 ** 40;
  readonly calls = new Map<FsCall, number>();
  callIndex = 0;
  bytesRead = 0;
  /** 4 KiB from there on that the disk refuses to read, under any name of the file. */
  badPage: { readonly path: string; readonly start: number } | null = null;
  self = { pid: 1, startedAt: 'boot-1' };
  readonly #random: Random;
  readonly #dirs = new Map<string, Map<string, Content>>();
  #durableDirs = new Map<string, Map<string, Content>>();
  readonly #dirOps = new Map<string, DirOp[][]>();
  #power = true;
  #boot = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  async open(path: string, mode: 'create' | 'update' | 'read'): Promise<SpoolFile> {
    this.#enter('open');
    const names = this.#names(path);
    const name = posix.basename(path);
    const found = names.get(name);
    if (mode !== 'create') {
      if (found === undefined) throw failure('ENOENT', path);
      return this.#fileOf(found);
    }
    if (found !== undefined) throw failure('EEXIST', path);
    const content = new Content();
    this.#apply(posix.dirname(path), [{ name, content }]);
    return this.#fileOf(content);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#enter('rename');
    const content = this.#contentAt(from);
    // One step on the disk too: both names change, or none.
    this.#apply(posix.dirname(to), [
      { name: posix.basename(from), content: null },
      { name: posix.basename(to), content },
    ]);
  }

  async link(existing: string, path: string): Promise<void> {
    this.#enter('link');
    const content = this.#contentAt(existing);
    if (this.#names(path).has(posix.basename(path))) throw failure('EEXIST', path);
    this.#apply(posix.dirname(path), [{ name: posix.basename(path), content }]);
  }

  async remove(path: string): Promise<void> {
    this.#enter('remove');
    this.#contentAt(path);
    this.#apply(posix.dirname(path), [{ name: posix.basename(path), content: null }]);
  }

  async list(dir: string): Promise<string[]> {
    this.#enter('list');
    return [...(this.#dirs.get(dir)?.keys() ?? [])];
  }

  async syncDir(dir: string): Promise<void> {
    this.#enter('syncDir');
    if (this.syncsLie) return;
    this.#durableDirs.set(dir, new Map(this.#dirs.get(dir)));
    this.#dirOps.set(dir, []);
  }

  async mkdir(dir: string): Promise<void> {
    this.#enter('mkdir');
    if (this.#dirs.has(dir)) return;
    this.#dirs.set(dir, new Map());
    this.#durableDirs.set(dir, new Map());
    this.#dirOps.set(dir, []);
  }

  async freeBytes(): Promise<number> {
    this.#enter('freeBytes');
    return this.free;
  }

  randomBytes(length: number): Uint8Array {
    return bytesOf(this.#random, length);
  }

  async startOf(pid: number): Promise<string | null> {
    return pid === this.self.pid ? this.self.startedAt : null;
  }

  /** Power goes and comes back: a new process finds what the disk kept. */
  crash(): void {
    const kinds: readonly Survival[] = ['none', 'all', 'some', 'some', 'some'];
    const survival = kinds[below(this.#random, kinds.length)] ?? 'some';
    for (const [dir, ops] of this.#dirOps) {
      const kept = new Map(this.#durableDirs.get(dir));
      const keep = survival === 'none' ? 0 : survival === 'all' ? 1 : this.#random();
      for (const op of ops) if (this.#random() < keep) applyTo(kept, op);
      this.#dirs.set(dir, kept);
      this.#dirOps.set(dir, []);
    }
    this.#durableDirs = new Map([...this.#dirs].map(([dir, names]) => [dir, new Map(names)]));
    const contents = new Set([...this.#dirs.values()].flatMap((names) => [...names.values()]));
    for (const content of contents) content.crash(this.#random, survival);
    this.kill();
  }

  /** Only the process goes: all that was written is seen by the next. */
  kill(): void {
    this.#power = true;
    this.#boot += 1;
    this.fault = () => null;
    this.self = { pid: 1, startedAt: `boot-${this.#boot}` };
  }

  /** Files of a folder as they lie there now. */
  snapshot(dir: string): Map<string, Buffer> {
    return new Map([...(this.#dirs.get(dir) ?? [])].map(([name, c]) => [name, c.snapshot()]));
  }

  /** A disk that holds these files. */
  static holding(random: Random, dir: string, files: ReadonlyMap<string, Buffer>): FaultFs {
    const fs = new FaultFs(random);
    fs.#dirOps.set(dir, []);
    fs.#dirs.set(dir, new Map([...files].map(([name, bytes]) => [name, Content.of(bytes)])));
    fs.#durableDirs.set(dir, new Map(fs.#dirs.get(dir)));
    return fs;
  }

  #fileOf(content: Content): SpoolFile {
    const boot = this.#boot;
    const enter = (call: FsCall) => {
      if (boot !== this.#boot) throw new PowerLoss('a file of an earlier life');
      return this.#enter(call);
    };
    const sync = async (call: FsCall) => {
      if (call === 'datasync') await this.beforeDatasync();
      const reaches = this.#power && boot === this.#boot;
      try {
        enter(call);
      } catch (error) {
        if (reaches && this.#power && !this.syncsLie) content.failSync(this.#random);
        throw error;
      }
      if (!this.syncsLie) content.sync();
    };
    return {
      write: async (bytes, position) => {
        const reaches = this.#power && boot === this.#boot;
        return this.#write(reaches ? content : new Content(), bytes, position, () =>
          enter('write'),
        );
      },
      read: async (into, position) => {
        enter('read');
        this.#passBadPage(content, position, position + into.length);
        const read = content.read(into, position);
        this.bytesRead += read;
        return read;
      },
      datasync: () => sync('datasync'),
      sync: () => sync('sync'),
      truncate: async (length) => {
        enter('truncate');
        content.truncate(length);
      },
      size: async () => {
        enter('size');
        return content.size;
      },
      close: () => Promise.resolve(),
    };
  }

  /** A failed write may have written a part all the same. */
  #write(content: Content, bytes: Uint8Array, position: number, enter: () => Fault): number {
    const some = () => bytes.subarray(0, below(this.#random, bytes.length));
    try {
      if (enter() === null) {
        content.write(bytes, position);
        return bytes.length;
      }
    } catch (error) {
      content.write(some(), position);
      throw error;
    }
    const part = some();
    content.write(part, position);
    return part.length;
  }

  #passBadPage(content: Content, start: number, endExclusive: number): void {
    if (this.badPage === null) return;
    const { path, start: bad } = this.badPage;
    const end = Math.min(endExclusive, content.size);
    const isHit = start < bad + 4_096 && bad < end;
    if (isHit && this.#names(path).get(posix.basename(path)) === content) {
      throw failure('EIO', path);
    }
  }

  #enter(call: FsCall): Fault {
    if (!this.#power) throw new PowerLoss('no power');
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const fault = this.fault(call, this.callIndex);
    this.callIndex += 1;
    if (fault === 'power') {
      this.#power = false;
      throw new PowerLoss('power lost');
    }
    if (fault === 'short') return call === 'write' ? fault : null;
    if (fault !== null) throw failure(fault, call);
    return null;
  }

  #apply(dir: string, op: DirOp[]): void {
    const names = this.#dirs.get(dir);
    if (names === undefined) throw failure('ENOENT', dir);
    applyTo(names, op);
    this.#dirOps.get(dir)?.push(op);
  }

  #names(path: string): Map<string, Content> {
    const names = this.#dirs.get(posix.dirname(path));
    if (names === undefined) throw failure('ENOENT', path);
    return names;
  }

  #contentAt(path: string): Content {
    const content = this.#names(path).get(posix.basename(path));
    if (content === undefined) throw failure('ENOENT', path);
    return content;
  }
}

function applyTo(names: Map<string, Content>, op: readonly DirOp[]): void {
  for (const { name, content } of op) {
    if (content === null) names.delete(name);
    else names.set(name, content);
  }
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
