export { RenderBusyError } from './errors.ts';
export { createChartRenderer } from './pool.ts';
export { createSpreadsheets } from './spreadsheet.ts';
