/** What a scenario is told. */
export interface FaultOptions {
  /** 1: the long run; a fraction makes every number of it smaller. */
  readonly scale: number;
  /** How long the store is away in `storeAway`. */
  readonly minutes: number;
  readonly seed: number;
  progress(line: string): void;
}

/** What a scenario found. It holds when nothing is lost or double and `problems` is empty. */
export interface FaultReport {
  /** How often it was run: seeds, rounds, kills; each scenario says in `runsAre`. */
  readonly runs: number;
  readonly runsAre: string;
  /** Faults that took effect. */
  readonly injected: number;
  /** What was answered as accepted: events, or records of the spool alone. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly double: number;
  /** Anything else that must not be. */
  readonly problems: readonly string[];
  /** Latencies, recovery times and counts, by name with their unit last. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Scenario {
  readonly what: string;
  run(options: FaultOptions): Promise<FaultReport>;
}

export function holds({ lost, double, problems }: FaultReport): boolean {
  return lost === 0 && double === 0 && problems.length === 0;
}

/** A whole number of at least `least`. */
export function scaled(count: number, scale: number, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}

/** The smallest value that so large a share of the values does not pass; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function rounded(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
