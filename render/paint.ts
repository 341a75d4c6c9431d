import type { SKRSContext2D } from '@napi-rs/canvas';
import { drawable, type HasGlyph } from './glyphs.ts';
import { FONT_FAMILY } from './page.ts';
import type { LineShape, MarkerShape, RectShape, Shape, TextShape } from './shapes.ts';

const QUARTER_TURN = Math.PI / 2;

/** Paints the shapes in order; leaves the context as it was. */
export function paint(context: SKRSContext2D, shapes: readonly Shape[], hasGlyph: HasGlyph): void {
  for (const shape of shapes) {
    context.save();
    if (shape.kind === 'text') paintText(context, shape, hasGlyph);
    else if (shape.kind === 'rect') paintRect(context, shape);
    else if (shape.kind === 'line') paintLine(context, shape);
    else paintMarker(context, shape);
    context.restore();
  }
}

function paintText(context: SKRSContext2D, shape: TextShape, hasGlyph: HasGlyph): void {
  context.font = `${shape.bold ? 'bold ' : ''}${shape.size}px "${FONT_FAMILY}"`;
  context.fillStyle = shape.color;
  context.textAlign = shape.align;
  context.textBaseline = 'alphabetic';
  context.translate(shape.x, shape.y);
  if (shape.upright) context.rotate(-QUARTER_TURN);
  context.fillText(drawable(shape.text, hasGlyph), 0, 0);
}

function paintRect(context: SKRSContext2D, shape: RectShape): void {
  context.beginPath();
  context.roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius);
  if (shape.fill !== null) {
    context.fillStyle = shape.fill;
    context.fill();
  }
  if (shape.stroke === null) return;
  context.strokeStyle = shape.stroke;
  context.lineWidth = 1;
  context.stroke();
}

function paintLine(context: SKRSContext2D, shape: LineShape): void {
  context.strokeStyle = shape.color;
  context.lineWidth = shape.width;
  context.setLineDash([...shape.dash]);
  context.beginPath();
  context.moveTo(...shape.from);
  context.lineTo(...shape.to);
  context.stroke();
}

function paintMarker(context: SKRSContext2D, shape: MarkerShape): void {
  const { x, y, radius: r } = shape;
  context.beginPath();
  if (shape.form === 'circle') context.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape.form === 'rect') context.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
  else if (shape.form === 'rectRot') {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
  } else {
    context.moveTo(x, y - r);
    context.lineTo(x + r * 0.9, y + r * 0.6);
    context.lineTo(x - r * 0.9, y + r * 0.6);
    context.closePath();
  }
  context.fillStyle = shape.fill;
  context.fill();
  context.strokeStyle = shape.stroke;
  context.lineWidth = 1.5;
  context.stroke();
}
