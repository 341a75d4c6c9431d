/** Time cut at every edge that windows have: an event lies in one slot. */
export interface Slots {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  readonly count: number;
  /** The slot that begins at an edge; of the last edge, the number of slots. */
  at(edgeMs: number): number;
  /** SQL of the slot of an instant from `fromMs` to `untilMs`; `ms` is SQL of it. */
  of(ms: string): string;
}

/** Days make a year of slots; what is cut finer is looked up instead of computed. */
const EVEN_SLOTS_MAX = 4_000;

/**
 * Even slots where that makes few of them, as it does where all edges are midnights; else one from
 * each edge to the next.
 */
export function slotsOf(edgesMs: readonly number[]): Slots {
  const edges = [...new Set(edgesMs)].sort((a, b) => a - b);
  const [fromMs = 0] = edges;
  const untilMs = edges.at(-1) ?? fromMs;
  const widthMs = edges.reduce((width, edge) => commonDivisor(width, edge - fromMs), 0);
  const evenCount = (untilMs - fromMs) / widthMs;
  if (evenCount <= EVEN_SLOTS_MAX) {
    return {
      fromMs,
      untilMs,
      count: evenCount,
      at: (edge) => (edge - fromMs) / widthMs,
      of: (ms) => `toUInt32(intDiv(${ms} - ${fromMs}, ${widthMs}))`,
    };
  }
  const places = new Map(edges.map((edge, i) => [edge, i]));
  const [list, numbers] = [edges.join(','), edges.map((_, i) => i).join(',')];
  return {
    fromMs,
    untilMs,
    count: edges.length - 1,
    at: (edge) => places.get(edge) ?? 0,
    of: (ms) => `transform(roundDown(${ms}, [${list}]), [${list}], [${numbers}], 0)`,
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
