import { TEXT_COLUMNS } from './eventText.ts';
import { cell, instantCell, uncell } from './text.ts';

/** An event on its way into the store: most of it is text already, made once, on acceptance. */
export interface EventRow {
  readonly seq: number;
  readonly vendorId: string;
  readonly eventId: string;
  readonly batchId: string;
  readonly receivedAtMs: number;
  /** 128 bits over everything the sender said of the event (`CONTENT`), decimal. */
  readonly content: string;
  /** The fields as `eventText` writes them. */
  readonly text: string;
}

const NUMBERS: ReadonlySet<string> = new Set(['seq', 'actor', 'address']);
const INSTANTS: ReadonlySet<string> = new Set(['received_at', 'occurred_at']);

/** The order of the cells of `stagedRow`; the last is never empty or free text. */
export const STAGED_COLUMNS = [
  'seq',
  'vendor_id',
  'batch_id',
  'received_at',
  'event_id',
  ...TEXT_COLUMNS,
];

/** The types of `STAGED_COLUMNS`, for rows that the engine reads before they are in a table. */
export const STAGED_STRUCTURE = STAGED_COLUMNS.map((column) => `${column} ${typeOf(column)}`).join(
  ', ',
);

/** The cells that all events of a request share, for `stagedRow`. */
export function batchCells(batch: Pick<EventRow, 'vendorId' | 'batchId' | 'receivedAtMs'>): string {
  return `${cell(batch.vendorId)}\t${cell(batch.batchId)}\t${instantCell(batch.receivedAtMs)}`;
}

/** What is the event's own in its line, from its id on. */
export function rowTail({ eventId, text }: Pick<EventRow, 'eventId' | 'text'>): string {
  return `${cell(eventId)}\t${text}`;
}

/**
 * An event as a TabSeparated line, without its end.
 * @param common `batchCells` of its request
 * @param tail `rowTail` of the event
 */
export function stagedRow(seq: number, common: string, tail: string): string {
  return `${seq}\t${common}\t${tail}`;
}

/** Reads back a line of `stagedRow`, all but the cells of its request; throws where it is none. */
export function readStagedRow(line: string): Pick<EventRow, 'seq' | 'eventId' | 'text'> {
  const [, seq, eventId, text] = STAGED_ROW.exec(line) ?? [];
  const id = eventId === undefined ? null : uncell(eventId);
  if (id === null || text === undefined) throw new RangeError('a staged row cannot be read');
  return { seq: Number(seq), eventId: id, text };
}

/** Number; the three cells of the request; id; the text. */
const STAGED_ROW = /^(\d+)\t[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t(.*)$/s;

function typeOf(column: string): string {
  if (column === 'source_seq') return 'Nullable(UInt64)';
  if (NUMBERS.has(column)) return 'UInt64';
  return INSTANTS.has(column) ? "DateTime64(3, 'UTC')" : 'String';
}
