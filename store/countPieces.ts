import { COUNT_TABLE_MAX, MONTHS_PER_QUERY_MAX } from '../core/limits.ts';
import type { CountedActions, CountRequest, CountWindow } from './counts.ts';

/**
 * Questions cut into pieces that one query answers. Firms whose windows are the same share one
 * schedule, so that a piece of thousands of firms carries a few dozen.
 */
export interface Piece {
  /** No firm twice: a row of the log is joined to one of them by the firm's number alone. */
  readonly firms: readonly PieceFirm[];
  readonly solutions: readonly string[];
  readonly profiles: readonly CountedActions[];
  readonly schedules: readonly Schedule[];
}

export interface PieceFirm {
  readonly smeId: string;
  /** Places in the lists of the piece. */
  readonly solution: number;
  readonly profile: number;
  readonly schedule: number;
  readonly asked: readonly AskedWindows[];
}

/** Which windows of the firm's schedule answer a request. */
export interface AskedWindows {
  readonly request: number;
  readonly firstWindow: number;
}

/** Windows as cells: spans that no window's edge cuts and that do not overlap in one lane. */
export interface Schedule {
  readonly windows: number;
  readonly cells: readonly Cell[];
}

export interface Cell {
  readonly lane: number;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  readonly receivedBeforeMs: number;
  /** The windows that it is part of. */
  readonly windows: readonly number[];
}

interface Firm {
  readonly smeId: string;
  readonly solutionId: string;
  readonly actions: CountedActions;
  windows: readonly CountWindow[];
  readonly asked: AskedWindows[];
}

export function piecesOf(requests: readonly CountRequest[]): Piece[] {
  const schedules = new Schedules();
  const pieces: PieceBuilder[] = [];
  let left = firmsOf(requests).filter((firm) => schedules.of(firm.windows).cells.length > 0);
  while (left.length > 0) {
    const later: Firm[] = [];
    let piece = new PieceBuilder();
    pieces.push(piece);
    for (const firm of left) {
      const schedule = schedules.of(firm.windows);
      if (piece.has(firm.smeId)) {
        later.push(firm);
        continue;
      }
      if (!piece.hasRoomFor(schedule)) {
        piece = new PieceBuilder();
        pieces.push(piece);
      }
      piece.add(firm, schedule);
    }
    left = later;
  }
  return pieces;
}

/** One entry a firm, solution and way of counting, whatever number of months is asked of it. */
function firmsOf(requests: readonly CountRequest[]): Firm[] {
  const firms = new Map<string, Firm[]>();
  const all: Firm[] = [];
  requests.forEach(({ solutionId, smeId, actions, windows }, request) => {
    const key = `${smeId} ${solutionId}`;
    const known = firms.get(key) ?? [];
    const same = known.find((f) => f.actions === actions);
    if (same !== undefined) {
      same.asked.push({ request, firstWindow: same.windows.length });
      same.windows = [...same.windows, ...windows];
      return;
    }
    const firm = { smeId, solutionId, actions, windows, asked: [{ request, firstWindow: 0 }] };
    firms.set(key, [...known, firm]);
    all.push(firm);
  });
  return all;
}

class PieceBuilder implements Piece {
  readonly firms: PieceFirm[] = [];
  readonly solutions: string[] = [];
  readonly profiles: CountedActions[] = [];
  readonly schedules: Schedule[] = [];
  readonly #places = new Map<unknown, number>();
  readonly #smes = new Set<string>();
  readonly #edges = new Set<number>();
  #lanes = 1;

  has(smeId: string): boolean {
    return this.#smes.has(smeId);
  }

  hasRoomFor(schedule: Schedule): boolean {
    if (this.firms.length === 0 || this.#places.has(schedule)) {
      return this.firms.length < MONTHS_PER_QUERY_MAX;
    }
    const edges = this.#edges.size + 2 * schedule.cells.length;
    const cells = (this.schedules.length + 1) * edges * this.#lanes;
    return this.firms.length < MONTHS_PER_QUERY_MAX && cells <= COUNT_TABLE_MAX;
  }

  add(firm: Firm, schedule: Schedule): void {
    this.#smes.add(firm.smeId);
    if (!this.#places.has(schedule)) {
      for (const { lane, startMs, endExclusiveMs } of schedule.cells) {
        this.#edges.add(startMs).add(endExclusiveMs);
        this.#lanes = Math.max(this.#lanes, lane + 1);
      }
    }
    this.firms.push({
      smeId: firm.smeId,
      solution: this.#placeOf(firm.solutionId, this.solutions),
      profile: this.#placeOf(firm.actions, this.profiles),
      schedule: this.#placeOf(schedule, this.schedules),
      asked: firm.asked,
    });
  }

  #placeOf<T>(value: T, list: T[]): number {
    const place = this.#places.get(value);
    if (place !== undefined) return place;
    this.#places.set(value, list.length);
    return list.push(value) - 1;
  }
}

/** A schedule for each list of windows, the same for equal ones. */
class Schedules {
  readonly #byList = new Map<readonly CountWindow[], Schedule>();
  readonly #byContent = new Map<string, Schedule>();

  of(windows: readonly CountWindow[]): Schedule {
    const known = this.#byList.get(windows);
    if (known !== undefined) return known;
    const content = windows
      .map((w) => `${w.startMs} ${w.endExclusiveMs} ${w.receivedBeforeMs}`)
      .join();
    const schedule = this.#byContent.get(content) ?? scheduleOf(windows);
    this.#byContent.set(content, schedule);
    this.#byList.set(windows, schedule);
    return schedule;
  }
}

/**
 * Windows that end their receiving together are cut along all their edges; those whose spans are
 * apart share a lane. A month with its weeks and days is one lane, all months of an order are two:
 * their weeks reach into each other.
 */
function scheduleOf(windows: readonly CountWindow[]): Schedule {
  const groups = new Map<number, number[]>();
  windows.forEach((w, i) => {
    if (w.startMs >= w.endExclusiveMs) return;
    const group = groups.get(w.receivedBeforeMs);
    if (group === undefined) groups.set(w.receivedBeforeMs, [i]);
    else group.push(i);
  });
  const cut = [...groups].map(([receivedBeforeMs, members]) => {
    const spans = members.map((i) => spanOf(windows, i));
    const edges = [...new Set(spans.flatMap((s) => [s.startMs, s.endExclusiveMs]))].sort(
      (a, b) => a - b,
    );
    const cells = edges.slice(0, -1).map((startMs, e) => ({
      startMs,
      endExclusiveMs: edges[e + 1] ?? startMs,
      receivedBeforeMs,
      windows: members.filter((_, m) => {
        const span = spans[m];
        return span !== undefined && span.startMs <= startMs && startMs < span.endExclusiveMs;
      }),
    }));
    return { startMs: edges[0] ?? 0, endExclusiveMs: edges.at(-1) ?? 0, cells };
  });
  const laneEnds: number[] = [];
  const cells = cut
    .sort((a, b) => a.startMs - b.startMs)
    .flatMap((group) => {
      const free = laneEnds.findIndex((end) => end <= group.startMs);
      const lane = free === -1 ? laneEnds.length : free;
      laneEnds[lane] = group.endExclusiveMs;
      return group.cells.filter((c) => c.windows.length > 0).map((c) => ({ ...c, lane }));
    });
  return { windows: windows.length, cells };
}

function spanOf(windows: readonly CountWindow[], i: number): CountWindow {
  const window = windows[i];
  if (window === undefined) throw new RangeError(`there is no window ${i}`);
  return window;
}
