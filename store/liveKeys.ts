import { hash as digest, timingSafeEqual } from 'node:crypto';
import { Sequence } from '../core/lock.ts';
import type { KeyRole } from '../core/routes.ts';
import type { Database } from './clickhouse.ts';
import { appendKeyChange, type KeyChange, readKeyChanges } from './keys.ts';

/** Who a key speaks for. */
export interface KeyOwner {
  readonly keyId: string;
  readonly role: KeyRole;
  /** Set for the role `vendor`. */
  readonly vendorId: string | null;
  /** Set for the role `sme`. */
  readonly smeId: string | null;
}

export interface KeyDescription extends KeyOwner {
  readonly label: string;
  readonly createdAtMs: number;
}

/** Keys in memory, behind their history in the store; only hashes are kept of them. */
export class LiveKeys {
  readonly #db: Database;
  readonly #adminHash: Buffer;
  readonly #sequence = new Sequence();
  readonly #byHash = new Map<string, KeyChange>();
  #seq = 0;

  private constructor(db: Database, adminKey: string) {
    this.#db = db;
    this.#adminHash = Buffer.from(hashOf(adminKey), 'hex');
  }

  /** @param adminKey the bootstrap administrator's key; it comes from configuration, not the store */
  static async open(db: Database, adminKey: string): Promise<LiveKeys> {
    const live = new LiveKeys(db, adminKey);
    await live.refresh();
    return live;
  }

  /** Takes in what other processes made or revoked. */
  async refresh(): Promise<void> {
    await this.#sequence.run(() => this.#catchUp());
  }

  /** The owner of a key; undefined for one that never was or is revoked. */
  ownerOf(key: string): KeyOwner | undefined {
    const hash = hashOf(key);
    if (timingSafeEqual(Buffer.from(hash, 'hex'), this.#adminHash)) return BOOTSTRAP_ADMIN;
    const found = this.#byHash.get(hash);
    if (found === undefined) return undefined;
    const { keyId, role, vendorId, smeId } = found;
    return { keyId, role, vendorId, smeId };
  }

  list(): KeyDescription[] {
    return [...this.#byHash.values()].map(({ keyId, role, vendorId, smeId, label, atMs }) => ({
      keyId,
      role,
      vendorId,
      smeId,
      label,
      createdAtMs: atMs,
    }));
  }

  /** Stores a new key by its hash; the key itself is the caller's to show, once. */
  async create(
    owner: KeyOwner & { readonly label: string },
    key: string,
    atMs: number,
  ): Promise<void> {
    await this.#append({ ...owner, change: 'created', hash: hashOf(key), atMs });
  }

  /** False where no such key is in force. */
  async revoke(keyId: string, atMs: number): Promise<boolean> {
    const found = [...this.#byHash.values()].find((change) => change.keyId === keyId);
    if (found === undefined) return false;
    await this.#append({ ...found, change: 'revoked', atMs });
    return true;
  }

  async #append(change: Omit<KeyChange, 'seq'>): Promise<void> {
    await this.#sequence.run(async () => {
      // A number that another process took would hide its change, a revocation too, for ever.
      await this.#catchUp();
      const numbered = { ...change, seq: this.#seq + 1 };
      await appendKeyChange(this.#db, numbered);
      this.#apply(numbered);
    });
  }

  async #catchUp(): Promise<void> {
    for (const change of await readKeyChanges(this.#db, this.#seq)) this.#apply(change);
  }

  #apply(change: KeyChange): void {
    this.#seq = change.seq;
    if (change.change === 'created') this.#byHash.set(change.hash, change);
    else this.#byHash.delete(change.hash);
  }
}

const BOOTSTRAP_ADMIN: KeyOwner = {
  keyId: 'bootstrap-admin',
  role: 'admin',
  vendorId: null,
  smeId: null,
};

function hashOf(key: string): string {
  return digest('sha256', key, 'hex');
}
