import { DAY_MS } from '../../core/time.ts';
import { BEYOND, METHODS, type Method, REAL } from './cases.ts';
import { closeAll, withStore } from './closed.ts';
import type { Sample } from './sample.ts';
import { detectionTable, type Row } from './table.ts';

/** What is promised of the findings, measured: how much is found, and how much is held in vain. */
export interface Measured {
  readonly rows: readonly Row[];
  /** Of the methods that are promised, the mean over methods of the share of months found. */
  readonly foundShare: number;
  readonly real: RealFigures;
}

export interface RealFigures {
  /** Months of the log, as it is, that meet their rule. */
  readonly met: number;
  readonly held: number;
  readonly heldShare: number;
  /** Findings by code and severity, over the months that meet their rule. */
  readonly findings: Readonly<Record<string, number>>;
}

export const FOUND_SHARE_MIN = 0.95;
export const HELD_SHARE_BELOW = 0.02;

export interface MeasureOptions {
  readonly each: number;
  readonly seed: number;
  readonly methods: readonly Method[];
  readonly progress: (row: Row) => void;
}

export const ALL_METHODS: readonly Method[] = [...METHODS, ...BEYOND, REAL];

/** Each method in a store of its own, from the same seed: it can be measured by itself. */
export async function measure(
  sample: Sample,
  { each, seed, methods, progress }: MeasureOptions,
): Promise<Measured> {
  const real = await realFigures(sample);
  const rows: Row[] = [];
  for (const method of methods) {
    const options = { methods: [method], each, seed };
    const found = await withStore((db) => detectionTable(db, sample.events, options));
    rows.push(...found);
    found.forEach(progress);
  }
  return { rows, foundShare: foundShareOf(rows), real };
}

/** NaN where none of the promised methods is among the rows. */
export function foundShareOf(rows: readonly Row[]): number {
  const shares = METHODS.flatMap((method) => {
    const of = rows.filter((r) => r.method === method);
    const months = sum(of.map((r) => r.months));
    return months === 0 ? [] : [sum(of.map((r) => r.found)) / months];
  });
  return sum(shares) / shares.length;
}

/** Closes a log as it is, after its last event's grace. */
export async function realFigures({ entries, events }: Sample): Promise<RealFigures> {
  const last = events.reduce((most, e) => Math.max(most, e.occurredAtMs), 0);
  const closed = await closeAll(entries, events, last + CLOSED_AFTER_MS);
  const judged = closed.filter(({ month }) => month.state === 'met' || month.state === 'held');
  const findings: Record<string, number> = {};
  for (const { month } of judged) {
    for (const { code, severity } of month.findings) {
      const key = `${code} ${severity}`;
      findings[key] = (findings[key] ?? 0) + 1;
    }
  }
  const held = judged.filter(({ month }) => month.state === 'held').length;
  return { met: judged.length, held, heldShare: held / judged.length, findings };
}

/** The longest month and its grace. */
const CLOSED_AFTER_MS = 40 * DAY_MS;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
