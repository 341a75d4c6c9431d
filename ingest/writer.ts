import { FlowproofError } from '../core/errors.ts';
import { GROUP_EVENTS_MAX, WAITING_EVENTS_MAX } from '../core/limits.ts';
import { type Batch, insertBatches } from '../store/batches.ts';
import type { Database } from '../store/clickhouse.ts';
import {
  findIdentities,
  insertEvents,
  insertIdentities,
  lastStored,
  reconcileIdentities,
  type StoredEvent,
} from '../store/events.ts';
import { insertRejects, type Reject } from '../store/rejects.ts';
import { type IdConflict, type OfferedRow, resolveIdentities } from './identity.ts';

/** What one request brings to be made durable. */
export interface PendingBatch {
  readonly batch: Batch;
  readonly rows: readonly OfferedRow[];
  readonly rejects: readonly Reject[];
}

/** Makes batches durable: what `write` resolved is on disk, what it rejected is not acknowledged. */
export interface BatchWriter {
  write(pending: PendingBatch): Promise<void>;
  /** Finishes what is being written; later writes are refused. */
  close(): Promise<void>;
}

/** Stores ranges of the spool. */
export interface RangeWriter {
  /** Stores batches in order, as one: where it rejects, none overtook another. */
  writeRange(range: readonly PendingBatch[]): Promise<void>;
}

interface Waiting {
  readonly pending: PendingBatch;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The single writer of the store: batches that wait together are stored by one insert. What is
 * resolved is on disk. What is rejected is not acknowledged: parts may be stored, and writing again
 * stores the rest.
 * again stores the rest.
 */
export class EventWriter implements BatchWriter, RangeWriter {
  readonly #db: Database;
  #nextSeq: number;
  #identitiesBehind = false;
  #waiting: Waiting[] = [];
  #waitingEvents = 0;
  #running: Promise<void> | null = null;
  #closed = false;

  private constructor(db: Database, nextSeq: number) {
    this.#db = db;
    this.#nextSeq = nextSeq;
  }

  /** Makes whole what a crash left half done, and continues the sequence. */
  static async open(db: Database): Promise<EventWriter> {
    await reconcileIdentities(db);
    const last = await lastStored(db);
    return new EventWriter(db, last.seq + 1);
  }

  write(pending: PendingBatch): Promise<void> {
    if (this.#closed) throw new FlowproofError('shutting_down', 'The server is stopping.', RETRY);
    if (this.#waitingEvents + eventsIn(pending) > WAITING_EVENTS_MAX) {
      throw new FlowproofError('ingest_unavailable', 'Too many events are waiting.', RETRY);
    }
    this.#waitingEvents += eventsIn(pending);
    const durable = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ pending, resolve, reject });
    });
    this.#running ??= this.#run();
    return durable;
  }

  /** Ranges come one after the other, from the one loader. */
  async writeRange(range: readonly PendingBatch[]): Promise<void> {
    if (this.#closed) throw new FlowproofError('shutting_down', 'The server is stopping.', RETRY);
    await this.#running;
    const ignored = { resolve: () => undefined, reject: () => undefined };
    await this.#commit(range.map((pending) => ({ pending, ...ignored })));
  }

  /** Finishes what is waiting; later writes are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      await this.#commitOrSplit(group);
      for (const waiting of group) this.#waitingEvents -= eventsIn(waiting.pending);
    }
    this.#running = null;
  }

  #takeGroup(): Waiting[] {
    let events = 0;
    let count = 0;
    for (const { pending } of this.#waiting) {
      events += eventsIn(pending);
      if (count > 0 && events > GROUP_EVENTS_MAX) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** A group that fails is tried request by request, so that one cannot fail the others for ever. */
  async #commitOrSplit(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#commit(group);
    } catch (error) {
      if (group.length === 1) group[0]?.reject(unavailable(error));
      else for (const waiting of group) await this.#commitOrSplit([waiting]);
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    if (this.#identitiesBehind) {
      await reconcileIdentities(this.#db);
      this.#identitiesBehind = false;
    }
    const offered = group.flatMap((w) => w.pending.rows);
    const known = await findIdentities(
      this.#db,
      offered.map((o) => o.row),
    );
    const { stored, conflicts } = resolveIdentities(offered, known, this.#nextSeq);
    this.#nextSeq += offered.length;
    const rejects = [...group.flatMap((w) => w.pending.rejects), ...conflicts.map(conflictReject)];
    this.#identitiesBehind = stored.length > 0;
    await insertEvents(this.#db, stored);
    await insertRejects(this.#db, rejects);
    await insertBatches(
      this.#db,
      group.map((w) => w.pending.batch),
    );
    for (const waiting of group) waiting.resolve();
    await this.#rememberIdentities(stored);
  }

  /** After the answer: until it succeeds nothing further is accepted. */
  async #rememberIdentities(stored: readonly StoredEvent[]): Promise<void> {
    try {
      await insertIdentities(this.#db, stored);
      this.#identitiesBehind = false;
    } catch {
      this.#identitiesBehind = true;
    }
  }
}

const RETRY = { retryAfterS: 2 };

/** Refused events are stored as well, and take room while they wait. */
function eventsIn({ rows, rejects }: PendingBatch): number {
  return rows.length + rejects.length;
}

function conflictReject({ offered, event }: IdConflict): Reject {
  const { row, index } = offered;
  return {
    batchId: row.batchId,
    vendorId: row.vendorId,
    index,
    id: row.eventId,
    code: 'id_conflict',
    detail: 'The id came before with other content; the one received first stands.',
    receivedAtMs: row.receivedAtMs,
    event,
  };
}

function unavailable(cause: unknown): FlowproofError {
  const detail = 'The events could not be stored; send them again.';
  return new FlowproofError('ingest_unavailable', detail, { ...RETRY, cause });
}
