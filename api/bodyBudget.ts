/**
 * The memory of request bodies over all requests, in bytes. A vendor may hold as much as is still
 * free: half of it when it is alone, a third when two hold as much as they may, and so on. So nobody
 * can use it up, whatever others hold.
 */
export class BodyBudget {
  readonly #bytesMax: number;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get heldBytes(): number {
    return this.#total;
  }

  /** What one request of a vendor holds; nothing yet. */
  open(vendorId: string): BodyHold {
    return new BodyHold((bytes) => this.#add(vendorId, bytes));
  }

  #add(vendorId: string, bytes: number): boolean {
    const own = (this.#held.get(vendorId) ?? 0) + bytes;
    if (bytes > 0 && own > this.#bytesMax - this.#total - bytes) return false;
    this.#total += bytes;
    if (own > 0) this.#held.set(vendorId, own);
    else this.#held.delete(vendorId);
    return true;
  }
}

/** The share of one request: given back when the last who uses it lets go, and once. */
export class BodyHold {
  readonly #add: (bytes: number) => boolean;
  #bytes = 0;
  #users = 1;

  constructor(add: (bytes: number) => boolean) {
    this.#add = add;
  }

  /** False where there is no room: nothing was taken then. */
  take(bytes: number): boolean {
    if (this.#users === 0 || !this.#add(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  use(): void {
    this.#users += 1;
  }

  letGo(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#add(-this.#bytes);
    this.#bytes = 0;
  }
}
