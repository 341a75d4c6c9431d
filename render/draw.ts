import { createCanvas, type SKRSContext2D, SvgExportFlag } from '@napi-rs/canvas';
import type { Chart as ChartClass, Plugin } from 'chart.js';
import { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import type { ChartFormat } from '../core/chart.ts';
import type { RecordConfiguration, RecordDrawing } from './config.ts';
import type { HasGlyph } from './glyphs.ts';
import { PAGE_HEIGHT, PAGE_WIDTH, PAPER, PNG_PIXEL_RATIO } from './page.ts';
import { paint } from './paint.ts';
import type { Spoken } from './spoken.ts';

/** Draws on the calling thread, which it holds for the time of one record. */
export type DrawRecord = (drawing: RecordDrawing, format: ChartFormat) => Uint8Array;

const LONG_DECIMAL = /(\.\d\d)\d+/g;
const CLIP_NAME = /\bcl_[0-9a-f]+\b/g;
const PATH_DATA = / d="[^"]*"/g;

/** The annotation plugin is named, not imported: it must meet the same Chart.js as the canvas. */
export function createDraw(hasGlyph: HasGlyph): DrawRecord {
  let chartClass: typeof ChartClass | undefined;
  let current: RecordDrawing | undefined;
  const sheet: Plugin = {
    id: 'flowproof-sheet',
    beforeDraw: (chart) => {
      if (current !== undefined) paintSheet(chart.ctx, current, hasGlyph);
    },
  };
  const png = new ChartJSNodeCanvas({
    width: PAGE_WIDTH,
    height: PAGE_HEIGHT,
    // In this order: the sheet lies under the bands that the annotations draw.
    plugins: { modern: [sheet, 'chartjs-plugin-annotation'] },
    chartCallback: (loaded) => {
      chartClass = loaded;
    },
  });
  return (drawing, format) => {
    current = drawing;
    if (format === 'png') {
      return new Uint8Array(png.renderToBufferSync(scaled(drawing.configuration, PNG_PIXEL_RATIO)));
    }
    if (chartClass === undefined) throw new Error('Chart.js was not loaded');
    return drawSvg(chartClass, drawing);
  };
}

/** A copy, for the library writes into what it is given. */
function scaled(configuration: RecordConfiguration, ratio: number): RecordConfiguration {
  return { ...configuration, options: { ...configuration.options, devicePixelRatio: ratio } };
}

function paintSheet(context: SKRSContext2D, drawing: RecordDrawing, hasGlyph: HasGlyph): void {
  context.save();
  context.fillStyle = PAPER;
  context.fillRect(0, 0, drawing.width, drawing.height);
  context.restore();
  paint(context, drawing.shapes, hasGlyph);
}

/** Letters become outlines, so that the record reads the same where the font is not installed. */
function drawSvg(chartClass: typeof ChartClass, drawing: RecordDrawing): Uint8Array {
  const canvas = createCanvas(drawing.width, drawing.height, SvgExportFlag.ConvertTextToPaths);
  const chart = new chartClass(canvas, scaled(drawing.configuration, 1));
  const svg = canvas.getContent().toString('utf8');
  chart.destroy();
  const short = svg.replace(PATH_DATA, (path) => path.replace(LONG_DECIMAL, '$1'));
  return new TextEncoder().encode(withWords(renumberClips(short), drawing.spoken));
}

/** What a screen reader says of the outlines. */
function withWords(svg: string, { title, description }: Spoken): string {
  const words = `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>`;
  // A function: what stands in a name is never read as a pattern.
  return svg.replace(/<svg ([^>]*)>/, (_, rest: string) => `<svg role="img" ${rest}>${words}`);
}

/** What no XML document may hold, of what a cleaned text may. */
const NOT_XML = /[\ufffe\uffff]/g;

function escaped(text: string): string {
  const clean = text.replace(NOT_XML, '');
  return clean.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The canvas numbers clips through the life of the process; a record counts its own. */
function renumberClips(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(CLIP_NAME, (name) => {
    const known = names.get(name) ?? `clip-${names.size + 1}`;
    names.set(name, known);
    return known;
  });
}
