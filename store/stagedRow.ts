import { TEXT_COLUMNS } from './eventText.ts';
import { cell, instantCell, uncell } from './text.ts';

/** An event on its way into the store: most of it is text already, made once, on acceptance. */
export interface EventRow {
  readonly seq: number;
  readonly vendorId: string;
  readonly eventId: string;
  readonly batchId: string;
  readonly receivedAtMs: number;
  /** 128 bits over everything the sender said of the event, decimal. */
  readonly content: string;
  /** The fields as `eventText` writes them. */
  readonly text: string;
}

/** The order of the cells of `stagedRow`; the last is never empty or free text. */
export const STAGED_COLUMNS = [
  'seq',
  'vendor_id',
  'batch_id',
  'received_at',
  'event_id',
  'content',
  ...TEXT_COLUMNS,
];

/** The cells that all events of a request share, for `stagedRow`. */
export function batchCells(batch: Pick<EventRow, 'vendorId' | 'batchId' | 'receivedAtMs'>): string {
  return `${cell(batch.vendorId)}\t${cell(batch.batchId)}\t${instantCell(batch.receivedAtMs)}`;
}

/**
 * An event as a TabSeparated line, without its end.
 * @param common `batchCells` of its request
 */
export function stagedRow(
  seq: number,
  common: string,
  { eventId, content, text }: Pick<EventRow, 'eventId' | 'content' | 'text'>,
): string {
  return `${seq}\t${common}\t${cell(eventId)}\t${content}\t${text}`;
}

/** Reads back a line of `stagedRow`, all but the cells of its request; throws where it is none. */
export function readStagedRow(
  line: string,
): Pick<EventRow, 'seq' | 'eventId' | 'content' | 'text'> {
  const [, seq, eventId, content, text] = STAGED_ROW.exec(line) ?? [];
  const id = eventId === undefined ? null : uncell(eventId);
  if (id === null || content === undefined || text === undefined) {
    throw new RangeError('a staged row cannot be read');
  }
  return { seq: Number(seq), eventId: id, content, text };
}

/** Number; the three cells of the request; id; content; the text. */
const STAGED_ROW = /^(\d+)\t[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t(\d{1,39})\t(.*)$/s;
