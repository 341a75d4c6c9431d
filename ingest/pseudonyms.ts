import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Actor ids and addresses become keyed pseudonyms before they are stored: people can be counted and
 * compared within a vendor, and nobody can be read back. One key a vendor, derived from one secret.
 */
export class Pseudonyms {
  readonly #secret: Uint8Array;
  readonly #vendors = new Map<string, { key: Buffer; known: Map<string, bigint> }>();

  /** @param secret at least 32 random bytes, kept beside the data, never in it */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new RangeError('the pseudonym secret needs 32 bytes');
    this.#secret = secret;
  }

  actor(vendorId: string, actorId: string): bigint {
    return this.#pseudonym(vendorId, `actor ${actorId}`);
  }

  address(vendorId: string, ip: string): bigint {
    return this.#pseudonym(vendorId, `address ${ip}`);
  }

  #pseudonym(vendorId: string, text: string): bigint {
    const vendor = this.#vendor(vendorId);
    const known = vendor.known.get(text);
    if (known !== undefined) return known;
    const value = createHmac('sha256', vendor.key).update(text).digest().readBigUInt64BE();
    if (vendor.known.size >= KNOWN_MAX) vendor.known.clear();
    vendor.known.set(text, value);
    return value;
  }

  #vendor(vendorId: string): { key: Buffer; known: Map<string, bigint> } {
    const vendor = this.#vendors.get(vendorId);
    if (vendor !== undefined) return vendor;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, vendorId, 'flowproof pseudonym', 32));
    const fresh = { key, known: new Map<string, bigint>() };
    this.#vendors.set(vendorId, fresh);
    return fresh;
  }
}

/** Pseudonyms remembered a vendor: bounds memory, a miss costs a hash. */
const KNOWN_MAX = 100_000;
