import { createHmac, hkdfSync } from 'node:crypto';
import { NAMES_KEPT_MAX, PSEUDONYMS_KEPT_MAX } from '../core/limits.ts';
import { ByteCache } from './byteCache.ts';

/**
 * Actor ids and addresses become keyed pseudonyms before they are stored: people can be counted and
 * compared within a vendor, and nobody can be read back. One key a vendor, derived from one secret.
 */
export class Pseudonyms {
  readonly #secret: Uint8Array;
  readonly #vendors = new Map<string, VendorTexts>();

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

  /** What one vendor's texts stand for. */
  of(vendorId: string): VendorTexts {
    const vendor = this.#vendors.get(vendorId);
    if (vendor !== undefined) return vendor;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, vendorId, 'flowproof pseudonym', 32));
    const cacheOf = (kind: string) =>
      new ByteCache((text) => pseudonym(key, kind, text), PSEUDONYMS_KEPT_MAX);
    const names = new ByteCache((text) => text, NAMES_KEPT_MAX);
    const fresh = { actors: cacheOf('actor'), addresses: cacheOf('address'), names };
    this.#vendors.set(vendorId, fresh);
    return fresh;
  }
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
