import { cell, instantCell, uncell } from './text.ts';

/** What the sender said of an event beside its id, persons as pseudonyms. */
export interface EventFields {
  readonly solutionId: string;
  readonly smeId: string;
  /** Keyed pseudonym, 64 bits, decimal. */
  readonly actor: string;
  readonly actorRole: string;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly source: string;
  readonly sourceSeq: number | null;
  readonly sessionId: string;
  readonly resource: string;
  /** JSON, or empty. */
  readonly attributes: string;
  /** Keyed pseudonym, decimal; 0 = none was sent. */
  readonly address: string;
}

/** The fields as cells of a TabSeparated row. */
export function eventText(e: EventFields): string {
  return `${cell(e.solutionId)}\t${e.smeId}\t${e.actor}\t${e.actorRole}\t${cell(e.action)}\t${instantCell(e.occurredAtMs)}\t${cell(e.source)}\t${e.sourceSeq ?? '\\N'}\t${cell(e.sessionId)}\t${cell(e.resource)}\t${cell(e.attributes)}\t${e.address}`;
}

/** The cells of `eventText` by their columns, unescaped; null for an absent number. */
export function eventCells(text: string): Readonly<Record<string, string | null>> {
  const cells = text.split('\t').map(uncell);
  return Object.fromEntries(TEXT_COLUMNS.map((column, i) => [column, cells[i] ?? null]));
}

/** In the order of `eventText`; the last is never empty or free text. */
export const TEXT_COLUMNS = [
  'solution_id',
  'sme_id',
  'actor',
  'actor_role',
  'action',
  'occurred_at',
  'source',
  'source_seq',
  'session_id',
  'resource',
  'attributes',
  'address',
];
