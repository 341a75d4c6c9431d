import { createHmac, hkdfSync } from 'node:crypto';
import { ByteCache } from './byteCache.ts';

/**
 * Actor ids and addresses become keyed pseudonyms before they are stored: people can be counted and
 * compared within a vendor, and nobody can be read back. One key a vendor, derived from one secret.
 */
export class Pseudonyms {
  readonly #secret: Uint8Array;
  readonly #vendors = new Map<string, VendorPseudonyms>();

  /** @param secret at least 32 random bytes, kept beside the data, never in it */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new RangeError('the pseudonym secret needs 32 bytes');
    this.#secret = secret;
  }

  /** 64 bits, decimal. */
  actor(vendorId: string, actorId: string): string {
    return pseudonymIn(this.of(vendorId).actors, actorId);
  }

  /** 64 bits, decimal. */
  address(vendorId: string, ip: string): string {
    return pseudonymIn(this.of(vendorId).addresses, ip);
  }

  /** Those of one vendor, by the bytes of their texts. */
  of(vendorId: string): VendorPseudonyms {
    const vendor = this.#vendors.get(vendorId);
    if (vendor !== undefined) return vendor;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, vendorId, 'flowproof pseudonym', 32));
    const cacheOf = (kind: string) =>
      new ByteCache((text) => pseudonym(key, kind, text), KNOWN_MAX);
    const fresh = { actors: cacheOf('actor'), addresses: cacheOf('address') };
    this.#vendors.set(vendorId, fresh);
    return fresh;
  }
}

/** 64 bits each, decimal. */
export interface VendorPseudonyms {
  readonly actors: ByteCache<string>;
  readonly addresses: ByteCache<string>;
}

/** Pseudonyms of each kind remembered a vendor: bounds memory, a miss costs a hash. */
const KNOWN_MAX = 50_000;

function pseudonymIn(known: ByteCache<string>, text: string): string {
  const bytes = Buffer.from(text);
  return known.of(bytes, 0, bytes.length);
}

function pseudonym(key: Buffer, kind: string, text: string): string {
  return String(createHmac('sha256', key).update(`${kind} ${text}`).digest().readBigUInt64BE());
}
