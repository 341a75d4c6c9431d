import { stringify } from 'csv-stringify/sync';
import type { Sheet, Spreadsheets, Workbook } from '../core/spreadsheet.ts';
import { withFixedTimes } from './zipTimes.ts';

/** The port on exceljs and csv-stringify. exceljs is loaded when the first workbook is asked for. */
export function createSpreadsheets(): Spreadsheets {
  return { xlsx, csv };
}

const NUMBER_FORMATS = { text: '@', whole: '#,##0', decimal: '#,##0.00' } as const;

async function xlsx(book: Workbook): Promise<Uint8Array> {
  const { default: exceljs } = await import('exceljs');
  const workbook = new exceljs.Workbook();
  const made = new Date(book.asOfMs);
  workbook.title = book.title;
  workbook.creator = 'flowproof';
  workbook.lastModifiedBy = 'flowproof';
  workbook.created = made;
  workbook.modified = made;
  for (const { name, columns, rows } of book.sheets) {
    const sheet = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] });
    sheet.columns = columns.map((c) => ({
      header: c.heading,
      key: c.key,
      width: c.width,
      style: { numFmt: NUMBER_FORMATS[c.kind] },
    }));
    for (const row of rows) sheet.addRow([...row]);
    sheet.getRow(1).font = { bold: true };
    sheet.getRow(1).alignment = { wrapText: true, vertical: 'top' };
    sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: 1, column: columns.length } };
  }
  return withFixedTimes(new Uint8Array(await workbook.xlsx.writeBuffer()));
}

function csv(sheet: Sheet): string {
  return stringify(
    sheet.rows.map((row) => [...row]),
    {
      header: true,
      columns: sheet.columns.map((c) => c.key),
      escape_formulas: true,
      cast: { boolean: (value) => (value ? 'true' : 'false') },
    },
  );
}
