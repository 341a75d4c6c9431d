import { Registry, type RegistryEntry } from '../core/entries.ts';
import { Sequence } from '../core/lock.ts';
import type { Database } from './clickhouse.ts';
import { appendRegistry, readRegistry } from './registry.ts';

/**
 * The registry in memory, behind its history in the store. One process writes; every process
 * catches up by `refresh`.
 */
export class LiveRegistry {
  readonly view = new Registry();
  readonly #db: Database;
  readonly #sequence = new Sequence();
  #seq = 0;

  private constructor(db: Database) {
    this.#db = db;
  }

  static async open(db: Database): Promise<LiveRegistry> {
    const live = new LiveRegistry(db);
    await live.refresh();
    return live;
  }

  /** Takes in what other processes appended. */
  async refresh(): Promise<void> {
    await this.#sequence.run(() => this.#catchUp());
  }

  /**
   * Judges and appends entries, alone: nothing changes between the judging and the write, and
   * nothing is seen by others before it is durable.
   * @param plan stages the entries to store on the registry it is given, which shows them at once
   */
  async append(
    change: { readonly atMs: number; readonly by: string },
    plan: (staged: StagedRegistry) => Promise<void>,
  ): Promise<void> {
    await this.#sequence.run(async () => {
      await this.#catchUp();
      const staged = new StagedRegistry(this.view);
      await plan(staged);
      const recorded = staged.entries.map((entry, i) => ({ seq: this.#seq + 1 + i, entry }));
      await appendRegistry(this.#db, recorded, change.atMs, change.by);
      for (const { seq, entry } of recorded) {
        this.view.apply(entry);
        this.#seq = seq;
      }
    });
  }

  /**
   * Works while nothing is entered by this process, on the registry with all that others appended
   * until then.
   */
  unchanged<T>(work: () => Promise<T>): Promise<T> {
    return this.#sequence.run(async () => {
      await this.#catchUp();
      return work();
    });
  }

  async #catchUp(): Promise<void> {
    for (const { seq, entry } of await readRegistry(this.#db, this.#seq)) {
      this.view.apply(entry);
      this.#seq = seq;
    }
  }
}

/** A registry with changes that are not stored yet. */
export class StagedRegistry extends Registry {
  readonly entries: RegistryEntry[] = [];

  override apply(entry: RegistryEntry): void {
    super.apply(entry);
    this.entries.push(entry);
  }
}
