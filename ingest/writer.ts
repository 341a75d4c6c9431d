import { setImmediate as nextTurn } from 'node:timers/promises';
import { LOAD_ROWS_BYTES_MAX, SEEN_IDS_MAX } from '../core/limits.ts';
import { insertBatches } from '../store/batches.ts';
import type { Database } from '../store/clickhouse.ts';
import { contentsOf } from '../store/content.ts';
import {
  assertNoInsertRuns,
  findIdentities,
  findStored,
  insertEvents,
  insertIdentities,
  reconcileIdentities,
} from '../store/events.ts';
import { storeFailure } from '../store/failure.ts';
import { findLost } from '../store/lostEvents.ts';
import { insertRejects, rejectTail } from '../store/rejects.ts';
import { Stage, type StagedRows } from '../store/stage.ts';
import { batchCells } from '../store/stagedRow.ts';
import { type OfferedRow, type Resolution, resolveIdentities } from './identity.ts';
import { describeRow } from './rows.ts';
import { SeenIds } from './seenIds.ts';
import { linesOf, type PendingBatch, rowsOf, type SpooledBatch } from './spoolBatch.ts';

/** Makes batches durable: what `write` resolved is on disk, what it rejected is not acknowledged. */
export interface BatchWriter {
  write(pending: PendingBatch): Promise<void>;
}

/** Stores ranges of the spool. */
export interface RangeWriter {
  /**
   * Makes the events known of a range that was stored in part and is not there to be loaded again;
   * before a later range is.
   */
  reconcile(): Promise<void>;
  /** Stores batches in order, as one: where it rejects, none overtook another. */
  writeRange(range: readonly SpooledBatch[]): Promise<void>;
}

export interface EventWriterOptions {
  /** The highest number that the store or the spool had at the start: what is above it is new. */
  readonly storedSeqMax: number;
  /** Of the spool something is gone: what a crash left half done may not be loaded again. */
  readonly spoolLacks: boolean;
  /** With more identities than this each event is looked up in their table. */
  readonly seenIdsMax?: number;
  /** Events that are looked at one by one go in pieces of so many bytes. */
  readonly pieceBytesMax?: number;
}

/**
 * The single writer of the store. The number that the spool gave an event is its number for ever, so
 * a range that is written again, as itself or in other pieces, stores what is missing and no more.
 */
export class EventWriter implements RangeWriter {
  readonly #db: Database;
  /** With more identities than this none is screened. */
  readonly #seenIdsMax: number;
  readonly #pieceBytesMax: number;
  /** Of what has a number up to this one, some may be stored already. */
  #doubtfulSeqMax: number;
  /** Null: not read yet, for nothing before the first range of new events needs them; or too many. */
  #seenIds: SeenIds | null = null;

  private constructor(
    db: Database,
    {
      storedSeqMax,
      seenIdsMax = SEEN_IDS_MAX,
      pieceBytesMax = LOAD_ROWS_BYTES_MAX,
    }: EventWriterOptions,
  ) {
    this.#db = db;
    this.#doubtfulSeqMax = storedSeqMax;
    this.#seenIdsMax = seenIdsMax;
    this.#pieceBytesMax = pieceBytesMax;
  }

  static async open(db: Database, options: EventWriterOptions): Promise<EventWriter> {
    const writer = new EventWriter(db, options);
    if (options.spoolLacks && options.storedSeqMax > 0) await writer.reconcile();
    return writer;
  }

  async reconcile(): Promise<void> {
    await assertNoInsertRuns(this.#db);
    await reconcileIdentities(this.#db);
  }

  /** Ranges come one after the other, from the one loader. */
  async writeRange(range: readonly SpooledBatch[]): Promise<void> {
    const filled = range.filter(({ batch }) => batch.accepted > 0);
    const isDoubtful = (filled[0]?.firstSeq ?? 0) <= this.#doubtfulSeqMax;
    const isStored = !isDoubtful && (await this.#storeStaged(filled));
    const pieces = isStored ? [] : piecesOf(filled, this.#pieceBytesMax);
    for (const piece of pieces) await this.#storeRows(piece, isDoubtful);
    await insertRejects(
      this.#db,
      range.map(({ rejects }) => rejects),
    );
    await insertBatches(this.#db, range.map(numbered));
  }

  /**
   * New events, nearly all, are stored as they lie in the stage; the others alone are looked at.
   * @returns false, with nothing stored, where there is no stage, or where one takes the place of
   * what is stored
   */
  async #storeStaged(range: readonly SpooledBatch[]): Promise<boolean> {
    if (this.#seenIds?.isFull === true) this.#seenIds = null;
    this.#seenIds ??= await SeenIds.read(this.#db, this.#seenIdsMax);
    if (this.#seenIds === null) return false;
    const stage = await Stage.fill(this.#db, range.map(staged));
    if (stage === null) return false;
    try {
      return await this.#storeFrom(stage, this.#seenIds, range);
    } finally {
      await stage.clear();
    }
  }

  async #storeFrom(
    stage: Stage,
    seenIds: SeenIds,
    range: readonly SpooledBatch[],
  ): Promise<boolean> {
    const notNew = await stage.sharing(await seenIds.admit(stage.hashes));
    const offered = await inStretches(range, (batch) => rowsOf(batch, notNew));
    if (offered.length !== notNew.size) {
      throw storeFailure(`${offered.length} of ${notNew.size} events are in the range`);
    }
    const resolution = resolveIdentities(offered, await findIdentities(this.#db, offered));
    if (resolution.supersedes.size > 0) return false;
    const standing = new Set(resolution.stored.map(({ seq }) => seq));
    const leftOut = offered.map(({ seq }) => seq).filter((seq) => !standing.has(seq));
    await this.#listConflicts(resolution);
    this.#mayBeStored(range);
    await stage.insertEvents(leftOut);
    await stage.insertIdentities(leftOut);
    return true;
  }

  /** @param isDoubtful some of them may be stored already */
  async #storeRows(range: readonly SpooledBatch[], isDoubtful: boolean): Promise<void> {
    const contents = await contentsOf(this.#db, await inStretches(range, linesOf));
    const offered = await inStretches(range, (batch) => rowsOf(batch, contents));
    if (isDoubtful) await assertNoInsertRuns(this.#db);
    const there = isDoubtful ? await findStored(this.#db, offered) : NOTHING;
    const known = await findIdentities(this.#db, offered);
    const resolution = resolveIdentities(offered, known);
    const { stored, supersedes } = resolution;
    const missing = there.size === 0 ? stored : stored.filter((row) => !there.has(row.seq));
    await this.#listConflicts(resolution);
    await this.#seenIds?.add(stored);
    this.#mayBeStored(range);
    await insertEvents(this.#db, missing, supersedes);
    await insertIdentities(this.#db, stored, supersedes);
  }

  #mayBeStored(range: readonly SpooledBatch[]): void {
    const last = range.at(-1);
    const lastSeq = last === undefined ? 0 : last.firstSeq + last.batch.accepted - 1;
    this.#doubtfulSeqMax = Math.max(this.#doubtfulSeqMax, lastSeq);
  }

  /** Before the events: written again, one that took the place of another shows no conflict. */
  async #listConflicts({ conflicts }: Resolution): Promise<void> {
    const lostSeqs = conflicts.flatMap((c) => ('lostSeq' in c ? [c.lostSeq] : []));
    const found = await findLost(this.#db, lostSeqs);
    const lost = [...conflicts.flatMap((c) => ('lost' in c ? [c.lost] : [])), ...found];
    await insertRejects(this.#db, lost.map(rejectOf));
  }
}

const NOTHING: ReadonlySet<number> = new Set();
/** Events that are looked at one by one before requests are answered in between. */
const EVENTS_AT_A_STRETCH = 1_000;

/** The range in its order, in pieces of so many bytes; a larger batch is one by itself. */
function piecesOf(range: readonly SpooledBatch[], bytesMax: number): SpooledBatch[][] {
  const pieces: SpooledBatch[][] = [];
  let bytes = 0;
  for (const batch of range) {
    const last = pieces.at(-1);
    bytes += batch.rows.length;
    if (last !== undefined && bytes <= bytesMax) {
      last.push(batch);
      continue;
    }
    pieces.push([batch]);
    bytes = batch.rows.length;
  }
  return pieces;
}

/** What is made of each batch, in order. */
async function inStretches<Made>(
  range: readonly SpooledBatch[],
  made: (batch: SpooledBatch) => readonly Made[],
): Promise<Made[]> {
  const all: Made[] = [];
  let events = 0;
  for (const batch of range) {
    for (const one of made(batch)) all.push(one);
    events += batch.batch.accepted;
    if (events < EVENTS_AT_A_STRETCH) continue;
    events = 0;
    await nextTurn();
  }
  return all;
}

function numbered({ batch, firstSeq }: SpooledBatch) {
  return { ...batch, firstSeq: batch.accepted === 0 ? 0 : firstSeq };
}

function staged({ batch, firstSeq, rows }: SpooledBatch): StagedRows {
  return { batchId: batch.batchId, firstSeq, count: batch.accepted, text: rows };
}

/** As a line of the store. */
function rejectOf(lost: Omit<OfferedRow, 'seq'>): Buffer {
  const tail = rejectTail({
    index: lost.index,
    id: lost.eventId,
    code: 'id_conflict',
    detail: 'The id came with different content too; the event received first stands.',
    event: describeRow(lost),
  });
  return Buffer.from(`${batchCells(lost)}\t${tail}\n`);
}
