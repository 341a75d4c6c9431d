/** Tables as files: what a table is, and the port that writes one. */

export type Cell = string | number | boolean | null;

export interface Column {
  /** For programs: the header of a CSV. */
  readonly key: string;
  /** For people: the heading in a workbook, Traditional Chinese with English. */
  readonly heading: string;
  readonly kind: 'text' | 'whole' | 'decimal';
  /** In characters of the workbook's font. */
  readonly width: number;
}

export interface Sheet {
  /** At most 31 characters, none of `* ? : \ / [ ]`. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Workbook {
  readonly title: string;
  /** When it says it was made: the same book gives the same bytes. */
  readonly asOfMs: number;
  readonly sheets: readonly Sheet[];
}

/** Port: writes tables. Same table, same bytes. */
export interface Spreadsheets {
  /** Office Open XML. No cell is a formula, whatever its text. */
  xlsx(book: Workbook): Promise<Uint8Array>;
  /**
   * UTF-8 with a header of keys, as every CSV of this system: for programs. A text that a
   * spreadsheet would take for a formula gets an apostrophe before it.
   */
  csv(sheet: Sheet): string;
}
