import { KEPT_TEXT_BYTES_MAX } from '../core/limits.ts';

/**
 * What short texts stand for, found by their bytes: of what was met before no text is made again.
 * Bounded: a long text is not kept, and one that holds too many begins anew.
 */
export class ByteCache<Value> {
  readonly #make: (text: string) => Value;
  readonly #entriesMax: number;
  /** The bytes of the texts, one after the other. */
  #texts: Buffer = Buffer.alloc(0);
  #textsEnd = 0;
  /** By slot, as many as a power of two: the hash, where the text lies, and its length; 0 = free. */
  #hashes = new Int32Array(0);
  #starts = new Int32Array(0);
  #lengths = new Int32Array(0);
  #values: (Value | undefined)[] = [];
  #entries = 0;

  /** @param make gives the same value for the same text */
  constructor(make: (text: string) => Value, entriesMax: number) {
    this.#make = make;
    this.#entriesMax = entriesMax;
    this.#clear();
  }

  /** The value of a text of one byte or more; it lies there as UTF-8, `end` is behind it. */
  of(bytes: Buffer, start: number, end: number): Value {
    if (end - start > KEPT_TEXT_BYTES_MAX) return this.#make(bytes.toString('utf8', start, end));
    const hash = hashOf(bytes, start, end);
    let slot = hash & (this.#lengths.length - 1);
    for (let probes = 0; probes < PROBES_MAX; probes += 1) {
      if (this.#lengths[slot] === 0) return this.#add(bytes, start, end, hash);
      if (this.#hashes[slot] === hash && this.#isAt(slot, bytes, start, end)) {
        return this.#values[slot] as Value;
      }
      slot = (slot + 1) & (this.#lengths.length - 1);
    }
    return this.#make(bytes.toString('utf8', start, end));
  }

  /** About as much memory as it takes. */
  get heldBytes(): number {
    return this.#texts.length + this.#lengths.length * SLOT_BYTES + this.#entries * VALUE_BYTES;
  }

  #isAt(slot: number, bytes: Buffer, start: number, end: number): boolean {
    const length = end - start;
    if (this.#lengths[slot] !== length) return false;
    const own = this.#starts[slot] ?? 0;
    for (let i = 0; i < length; i += 1) {
      if (this.#texts[own + i] !== bytes[start + i]) return false;
    }
    return true;
  }

  #add(bytes: Buffer, start: number, end: number, hash: number): Value {
    const value = this.#make(bytes.toString('utf8', start, end));
    if (this.#entries >= this.#entriesMax) this.#clear();
    if (this.#entries * 2 >= this.#lengths.length) this.#widen();
    const length = end - start;
    if (this.#textsEnd + length > this.#texts.length) this.#texts = doubled(this.#texts, length);
    bytes.copy(this.#texts, this.#textsEnd, start, end);
    this.#place(hash, this.#textsEnd, length, value);
    this.#textsEnd += length;
    this.#entries += 1;
    return value;
  }

  #place(hash: number, start: number, length: number, value: Value): void {
    const mask = this.#lengths.length - 1;
    let slot = hash & mask;
    while (this.#lengths[slot] !== 0) slot = (slot + 1) & mask;
    this.#hashes[slot] = hash;
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    this.#values[slot] = value;
  }

  #widen(): void {
    const [hashes, starts, lengths, values] = [
      this.#hashes,
      this.#starts,
      this.#lengths,
      this.#values,
    ];
    this.#useSlots(2 * lengths.length);
    for (const [slot, length] of lengths.entries()) {
      if (length === 0) continue;
      this.#place(hashes[slot] ?? 0, starts[slot] ?? 0, length, values[slot] as Value);
    }
  }

  #clear(): void {
    this.#texts = Buffer.alloc(SLOTS_MIN * 16);
    this.#textsEnd = 0;
    this.#entries = 0;
    this.#useSlots(SLOTS_MIN);
  }

  #useSlots(slots: number): void {
    this.#hashes = new Int32Array(slots);
    this.#starts = new Int32Array(slots);
    this.#lengths = new Int32Array(slots);
    this.#values = new Array<Value | undefined>(slots).fill(undefined);
  }
}

const SLOTS_MIN = 64;
/** A hash, a place, a length and a reference. */
const SLOT_BYTES = 20;
/** A short text, such as 64 bits in decimal. */
const VALUE_BYTES = 40;
/** Texts made to fall on one slot cost no more than this many looks; what is behind is not kept. */
const PROBES_MAX = 32;

function doubled(bytes: Buffer, more: number): Buffer {
  const wider = Buffer.alloc(2 * bytes.length + more);
  bytes.copy(wider);
  return wider;
}

/** FNV-1a, its high bits folded into the low ones. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
