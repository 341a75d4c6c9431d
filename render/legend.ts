import { AS_OF_DASH } from './bands.ts';
import { EDGE, INK, INK_SOFT, PAPER } from './page.ts';
import { SERIES, SERIES_ORDER, SUBSET_MARKER, SUBSET_WIDTH, UNJUDGED_DASH } from './series.ts';
import { line, type MarkerForm, type Shape, text } from './shapes.ts';
import type { Subset } from './subsets.ts';
import { cleanText, fitText, textWidth } from './text.ts';
import { THRESHOLD_DASH } from './thresholds.ts';
import { METRICS } from './words.ts';

const BASE_BELOW = 22;
const SIZE = 12;
const SAMPLE = 34;
const GAP = 22;
const SUBSET_NAME_WIDTH = 150;

interface Entry {
  readonly words: string;
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[];
  readonly marker: MarkerForm | null;
  readonly hollow: boolean;
}

export interface LegendHas {
  readonly thresholds: boolean;
  readonly unjudged: boolean;
  readonly subsets: readonly Subset[];
  readonly asOf: boolean;
}

/** One row; names only what the chart holds. */
export function legendShapes(has: LegendHas, top: number): Shape[] {
  const plain = { color: INK_SOFT, marker: null, hollow: false, width: 1.75 };
  const entries: Entry[] = SERIES_ORDER.map((metric) => {
    const { color, width, marker } = SERIES[metric];
    const words = `${METRICS[metric].zh} ${METRICS[metric].en}`;
    return { words, color, width, marker, dash: [], hollow: false };
  });
  for (const { actions, color } of has.subsets) {
    const words = fitText(`指定互動 ${actions.map(cleanText).join(', ')}`, SUBSET_NAME_WIDTH, SIZE);
    const look = { width: SUBSET_WIDTH, marker: SUBSET_MARKER, dash: [], hollow: false };
    entries.push({ words, color, ...look });
  }
  if (has.thresholds) {
    entries.push({ ...plain, words: '每週門檻 weekly threshold', dash: THRESHOLD_DASH });
  }
  if (has.unjudged) {
    const words = '未判定之週 week not judged';
    entries.push({ ...plain, words, dash: UNJUDGED_DASH, marker: 'circle', hollow: true });
  }
  if (has.asOf) entries.push({ ...plain, words: '資料截至 as of', color: INK, dash: AS_OF_DASH });
  let x: number = EDGE.left;
  return entries.flatMap((entry) => {
    const shapes = entryShapes(entry, x, top + BASE_BELOW);
    x += SAMPLE + 8 + textWidth(entry.words, SIZE) + GAP;
    return shapes;
  });
}

function entryShapes(entry: Entry, x: number, base: number): Shape[] {
  const y = base - 4;
  const { color, width, dash, marker } = entry;
  const sample = line([x, y], [x + SAMPLE, y], color, { width, dash });
  const name = text(x + SAMPLE + 8, base, entry.words, SIZE);
  if (marker === null) return [sample, name];
  const fill = entry.hollow ? PAPER : color;
  const point = { kind: 'marker', form: marker, radius: 4, fill, stroke: color } as const;
  return [sample, { ...point, x: x + SAMPLE / 2, y }, name];
}
