import { INK } from './page.ts';

/** What the sheet holds besides the plot: plain data, in CSS pixels, painted in order. */

export interface TextShape {
  readonly kind: 'text';
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly bold: boolean;
  readonly color: string;
  readonly align: 'left' | 'center' | 'right';
  /** Quarter turn to the left, to read from below. */
  readonly upright: boolean;
}

export interface RectShape {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string | null;
  readonly stroke: string | null;
  readonly radius: number;
}

export interface LineShape {
  readonly kind: 'line';
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[];
}

export type MarkerForm = 'circle' | 'triangle' | 'rect' | 'rectRot';

export interface MarkerShape {
  readonly kind: 'marker';
  readonly form: MarkerForm;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly fill: string;
  readonly stroke: string;
}

export type Shape = TextShape | RectShape | LineShape | MarkerShape;

export type TextStyle = Partial<Pick<TextShape, 'bold' | 'color' | 'align' | 'upright'>>;

export function text(
  x: number,
  y: number,
  words: string,
  size: number,
  style: TextStyle = {},
): TextShape {
  const plain = { bold: false, color: INK, align: 'left', upright: false } as const;
  return { kind: 'text', x: px(x), y: px(y), text: words, size, ...plain, ...style };
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  style: Partial<Pick<RectShape, 'fill' | 'stroke' | 'radius'>>,
): RectShape {
  const size = { x: px(x), y: px(y), width: px(width), height: px(height) };
  return { kind: 'rect', ...size, fill: null, stroke: null, radius: 0, ...style };
}

export function line(
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  style: Partial<Pick<LineShape, 'width' | 'dash'>> = {},
): LineShape {
  const ends = { from: [px(from[0]), px(from[1])], to: [px(to[0]), px(to[1])] } as const;
  return { kind: 'line', ...ends, color, width: 1, dash: [], ...style };
}

/** Hundredths of a pixel: what goes into the drawing reads well and compares exactly. */
function px(value: number): number {
  return Math.round(value * 100) / 100;
}
