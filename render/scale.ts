/** A value axis from 0 with whole, round steps. */
export interface ValueScale {
  /** The labelled values, 0 first. */
  readonly ticks: readonly number[];
  /** The axis ends above its last label: neither a line nor the label touches the panel above. */
  readonly max: number;
}

/** Without use the axis is still one: 0 to 4. */
const HIGHEST_LEAST = 4;
const STEPS_ASKED = 5;
const HEADROOM_STEPS = 0.6;

export function valueScale(highest: number): ValueScale {
  const reached = Math.max(highest, HIGHEST_LEAST);
  const step = roundStep(reached / STEPS_ASKED);
  const count = Math.ceil(reached / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * step);
  return { ticks, max: (count + HEADROOM_STEPS) * step };
}

/** The smallest of 1, 2, 5, 10, 20, 50 … that is not below. */
function roundStep(least: number): number {
  if (least <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least) ?? 10;
  return factor * power;
}
