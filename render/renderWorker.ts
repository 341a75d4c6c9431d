import type { ChartFormat, UsageChart } from '../core/chart.ts';
import { recordDrawing } from './config.ts';
import { createDraw } from './draw.ts';
import { loadFonts } from './fonts.ts';

/** The thread's side of the renderer; fonts and Chart.js are loaded once a thread. */

export interface RenderTask {
  readonly chart: UsageChart;
  readonly format: ChartFormat;
}

const draw = createDraw(loadFonts());

export function renderTask({ chart, format }: RenderTask): Uint8Array {
  return draw(recordDrawing(chart), format);
}
