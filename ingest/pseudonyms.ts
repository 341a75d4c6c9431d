import { createHmac, hkdfSync } from 'node:crypto';

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
    const { key, actors } = this.#vendor(vendorId);
    return pseudonym(key, actors, 'actor', actorId);
  }

  /** 64 bits, decimal. */
  address(vendorId: string, ip: string): string {
    const { key, addresses } = this.#vendor(vendorId);
    return pseudonym(key, addresses, 'address', ip);
  }

  #vendor(vendorId: string): VendorPseudonyms {
    const vendor = this.#vendors.get(vendorId);
    if (vendor !== undefined) return vendor;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, vendorId, 'flowproof pseudonym', 32));
    const fresh = { key, actors: new Map<string, string>(), addresses: new Map<string, string>() };
    this.#vendors.set(vendorId, fresh);
    return fresh;
  }
}

interface VendorPseudonyms {
  readonly key: Buffer;
  readonly actors: Map<string, string>;
  readonly addresses: Map<string, string>;
}

/** Pseudonyms of each kind remembered a vendor: bounds memory, a miss costs a hash. */
const KNOWN_MAX = 50_000;

function pseudonym(key: Buffer, known: Map<string, string>, kind: string, text: string): string {
  const before = known.get(text);
  if (before !== undefined) return before;
  const digest = createHmac('sha256', key).update(`${kind} ${text}`).digest();
  const value = String(digest.readBigUInt64BE());
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, value);
  return value;
}
