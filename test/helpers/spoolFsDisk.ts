import { below, type Random } from './spoolFsRandom.ts';

/** The smallest piece that a disk writes wholly or not at all. */
const SECTOR_BYTES = 512;

type Pending =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'size'; readonly length: number };

/** How much of what was not synced a power loss keeps. */
export type Survival = 'none' | 'all' | 'some';

/** Content of one file: what programs see, and what the disk surely holds. */
export class Content {
  #seen: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  #pending: Pending[] = [];

  get size(): number {
    return this.#seen.length;
  }

  read(into: Uint8Array, position: number): number {
    return position >= this.#seen.length ? 0 : this.#seen.copy(into, 0, position);
  }

  write(bytes: Uint8Array, position: number): void {
    const copy = Buffer.from(bytes);
    this.#seen = overlaid(this.#seen, copy, position);
    this.#pending.push({ kind: 'write', position, bytes: copy });
  }

  truncate(length: number): void {
    this.#seen = resized(this.#seen, length);
    this.#pending.push({ kind: 'size', length });
  }

  sync(): void {
    for (const op of this.#pending) {
      this.#durable =
        op.kind === 'size'
          ? resized(this.#durable, op.length)
          : overlaid(this.#durable, op.bytes, op.position);
    }
    this.#pending = [];
  }

  /** As Linux does: what could not be written is forgotten, a later sync does not bring it back. */
  failSync(random: Random): void {
    this.#durable = this.#survivor(random, 'some');
    this.#pending = [];
  }

  crash(random: Random, survival: Survival): void {
    this.#durable = this.#survivor(random, survival);
    this.#seen = Buffer.from(this.#durable);
    this.#pending = [];
  }

  /** The bits as they lie on the disk. */
  snapshot(): Buffer {
    return Buffer.from(this.#seen);
  }

  static of(bytes: Buffer): Content {
    const content = new Content();
    content.write(bytes, 0);
    content.sync();
    return content;
  }

  /** Sectors of each write and the size survive each by itself; what never came is 0 or rubbish. */
  #survivor(random: Random, survival: Survival): Buffer {
    if (this.#pending.length === 0 || survival === 'none') return Buffer.from(this.#durable);
    if (survival === 'all') return Buffer.from(this.#seen);
    const sizes = this.#sizes();
    const rubbish = random() < 0.3 ? below(random, 256) : 0;
    let platter: Buffer = Buffer.alloc(Math.max(...sizes), rubbish);
    this.#durable.copy(platter);
    const keep = random();
    for (const op of this.#pending) {
      if (op.kind === 'size') continue;
      for (const [start, end] of sectors(op.position, op.bytes.length)) {
        if (random() >= keep) continue;
        const piece = op.bytes.subarray(start - op.position, end - op.position);
        platter = overlaid(platter, piece, start);
      }
    }
    const size = random() < 0.5 ? this.#seen.length : sizes[below(random, sizes.length)];
    return resized(platter, size ?? 0);
  }

  #sizes(): number[] {
    const sizes = [this.#durable.length];
    let size = this.#durable.length;
    for (const op of this.#pending) {
      size = op.kind === 'size' ? op.length : Math.max(size, op.position + op.bytes.length);
      sizes.push(size);
    }
    return sizes;
  }
}

function sectors(position: number, length: number): [number, number][] {
  const pieces: [number, number][] = [];
  for (let at = position; at < position + length; ) {
    const end = Math.min(position + length, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    pieces.push([at, end]);
    at = end;
  }
  return pieces;
}

function overlaid(base: Buffer, bytes: Buffer, position: number): Buffer {
  const into = Buffer.alloc(Math.max(base.length, position + bytes.length));
  base.copy(into);
  bytes.copy(into, position);
  return into;
}

function resized(bytes: Buffer, length: number): Buffer {
  const into = Buffer.alloc(length);
  bytes.copy(into, 0, 0, Math.min(length, bytes.length));
  return into;
}
