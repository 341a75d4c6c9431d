import { createHmac, hkdfSync } from 'node:crypto';
import { NAMES_KEPT_MAX, PSEUDONYMS_KEPT_MAX, VENDOR_TEXTS_BYTES_MAX } from '../core/limits.ts';
import { ByteCache } from './byteCache.ts';

/**
 * Actor ids and addresses become keyed pseudonyms before they are stored: people can be counted and
 * compared within a vendor, and nobody can be read back. One key a vendor, derived from one secret.
 */
export class Pseudonyms {
  readonly #secret: Uint8Array;
  readonly #bytesMax: number;
  /** The one used longest ago first. */
  readonly #vendors = new Map<string, Kept>();
  #keptBytes = 0;
  #latest: Kept | null = null;

  /**
   * @param secret at least 32 random bytes, kept beside the data, never in it
   * @param bytesMax of what is remembered over all vendors
   */
  constructor(secret: Uint8Array, bytesMax = VENDOR_TEXTS_BYTES_MAX) {
    if (secret.length < 32) throw new RangeError('the pseudonym secret needs 32 bytes');
    this.#secret = secret;
    this.#bytesMax = bytesMax;
  }

  /** 64 bits, decimal. */
  actor(vendorId: string, actorId: string): string {
    return pseudonymIn(this.of(vendorId).actors, actorId);
  }

  /** 64 bits, decimal. */
  address(vendorId: string, ip: string): string {
    return pseudonymIn(this.of(vendorId).addresses, ip);
  }

  /** What one vendor's texts stand for. */
  of(vendorId: string): VendorTexts {
    // Asked for every event; they come vendor by vendor.
    if (this.#latest?.vendorId === vendorId) return this.#latest.texts;
    if (this.#latest !== null) this.#weigh(this.#latest);
    const kept = this.#vendors.get(vendorId) ?? this.#fresh(vendorId);
    this.#vendors.delete(vendorId);
    this.#vendors.set(vendorId, kept);
    this.#latest = kept;
    this.#weigh(kept);
    this.#dropOldest();
    return kept.texts;
  }

  #fresh(vendorId: string): Kept {
    const key = Buffer.from(hkdfSync('sha256', this.#secret, vendorId, 'flowproof pseudonym', 32));
    const cacheOf = (kind: string) =>
      new ByteCache((text) => pseudonym(key, kind, text), PSEUDONYMS_KEPT_MAX);
    const names = new ByteCache((text) => text, NAMES_KEPT_MAX);
    const texts = { actors: cacheOf('actor'), addresses: cacheOf('address'), names };
    return { vendorId, texts, bytes: 0 };
  }

  /** It grew since it was weighed last; one that was dropped meanwhile is never the latest. */
  #weigh(kept: Kept): void {
    const { actors, addresses, names } = kept.texts;
    const bytes = actors.heldBytes + addresses.heldBytes + names.heldBytes;
    this.#keptBytes += bytes - kept.bytes;
    kept.bytes = bytes;
  }

  /** A batch under way may still use what is dropped: its values stay true. */
  #dropOldest(): void {
    for (const [vendorId, { bytes }] of this.#vendors) {
      if (this.#keptBytes <= this.#bytesMax || vendorId === this.#latest?.vendorId) return;
      this.#vendors.delete(vendorId);
      this.#keptBytes -= bytes;
    }
  }
}

interface Kept {
  readonly vendorId: string;
  readonly texts: VendorTexts;
  /** When it was weighed last. */
  bytes: number;
}

/** Remembered a vendor, so that none takes the room of another. */
export interface VendorTexts {
  /** Pseudonyms, 64 bits, decimal. */
  readonly actors: ByteCache<string>;
  /** Pseudonyms, 64 bits, decimal. */
  readonly addresses: ByteCache<string>;
  /** Solutions, firms, actions and roles, as they are. */
  readonly names: ByteCache<string>;
}

function pseudonymIn(known: ByteCache<string>, text: string): string {
  const bytes = Buffer.from(text);
  return known.of(bytes, 0, bytes.length);
}

function pseudonym(key: Buffer, kind: string, text: string): string {
  return String(createHmac('sha256', key).update(`${kind} ${text}`).digest().readBigUInt64BE());
}
