import exceljs from 'exceljs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Sheet } from '../../core/spreadsheet.ts';
import { createSpreadsheets } from '../../render/index.ts';
import { withFixedTimes } from '../../render/zipTimes.ts';

const spreadsheets = createSpreadsheets();
const AS_OF = Date.UTC(2023, 6, 15);

const SHEET: Sheet = {
  name: '清冊 Roster',
  columns: [
    { key: 'name', heading: '名稱 Name', kind: 'text', width: 20 },
    { key: 'flow', heading: '流量 Flow', kind: 'whole', width: 10 },
    { key: 'average', heading: '平均 Average', kind: 'decimal', width: 10 },
    { key: 'keeps', heading: '維持 Keeps', kind: 'text', width: 10 },
  ],
  rows: [
    ['甲商行', 12, 4 / 3, true],
    ['乙, "商行"', 0, null, false],
    [null, 3, 2, null],
  ],
};
/** What a spreadsheet would run, were it no text. */
const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'];

async function opened(bytes: Uint8Array) {
  const workbook = new exceljs.Workbook();
  await workbook.xlsx.load(Buffer.from(bytes) as unknown as exceljs.Buffer);
  return workbook;
}

const book = (sheets: readonly Sheet[]) => ({ title: '企業流量清冊', asOfMs: AS_OF, sheets });

describe('a workbook', () => {
  it('opens with its headings and every cell as it was', async () => {
    const workbook = await opened(await spreadsheets.xlsx(book([SHEET])));
    const sheet = workbook.getWorksheet('清冊 Roster');
    const rows = [1, 2, 3, 4].map((row) =>
      [1, 2, 3, 4].map((column) => sheet?.getRow(row).getCell(column).value ?? null),
    );
    expect(rows).toEqual([SHEET.columns.map((c) => c.heading), ...SHEET.rows]);
    expect(workbook.title).toBe('企業流量清冊');
    expect(workbook.created).toEqual(new Date(AS_OF));
    expect(workbook.modified).toEqual(new Date(AS_OF));
  });

  it('is the same bytes whenever it is written, and others for other content (I-126)', async () => {
    vi.useFakeTimers({ now: Date.UTC(2024, 0, 1, 12), toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const first = await spreadsheets.xlsx(book([SHEET]));
    vi.setSystemTime(Date.UTC(2031, 5, 30, 23, 59, 58));
    const again = await spreadsheets.xlsx(book([SHEET]));
    expect(Buffer.compare(first, again)).toBe(0);
    const other = await spreadsheets.xlsx(book([{ ...SHEET, rows: SHEET.rows.slice(1) }]));
    expect(Buffer.compare(first, other)).not.toBe(0);
  });

  it('holds no formula, whatever a text begins with (I-126)', async () => {
    const rows = FORMULAS.map((text) => [text, 1, 1, true]);
    const workbook = await opened(await spreadsheets.xlsx(book([{ ...SHEET, rows }])));
    const sheet = workbook.getWorksheet(1);
    FORMULAS.forEach((text, i) => {
      const cell = sheet?.getRow(i + 2).getCell(1);
      expect(cell?.type).toBe(exceljs.ValueType.String);
      expect(cell?.formula).toBeUndefined();
      expect(String(cell?.value).trim()).toBe(text.trim());
    });
  });
});

describe('a CSV', () => {
  it('has a header of keys, and quotes what needs it', () => {
    expect(spreadsheets.csv(SHEET)).toBe(
      [
        'name,flow,average,keeps',
        '甲商行,12,1.3333333333333333,true',
        '"乙, ""商行""",0,,false',
        ',3,2,',
        '',
      ].join('\n'),
    );
  });

  it('has an apostrophe before a text that would be a formula, never before a number (I-126)', () => {
    const rows = [...FORMULAS.map((text) => [text, 1, 1, true]), ['x', -5, -0.5, false]];
    const csv = spreadsheets.csv({ ...SHEET, rows });
    for (const text of FORMULAS) expect(csv).toContain(`'${text}`);
    expect(csv).toContain('\nx,-5,-0.5,false\n');
  });

  it('without a row has its header', () => {
    expect(spreadsheets.csv({ ...SHEET, rows: [] })).toBe('name,flow,average,keeps\n');
  });
});

describe('what is no archive', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['other bytes', new Uint8Array(100)],
  ])('is refused: %s', (_, bytes) => {
    expect(() => withFixedTimes(bytes)).toThrow(RangeError);
  });
});
