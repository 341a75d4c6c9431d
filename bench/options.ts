import { parseArgs } from 'node:util';

/** What a benchmark is told; each takes what concerns it. null: its own default. */
export interface BenchOptions {
  readonly events: number | null;
  readonly orders: number | null;
  readonly scale: number | null;
  readonly seconds: number | null;
  readonly idsBehind: number | null;
}

/** The exported function `benchmark` of a scenario's file; progress goes to standard error. */
export type Benchmark = (options: BenchOptions) => Promise<Record<string, unknown>>;

export interface BenchArguments {
  readonly scenario: string | undefined;
  readonly help: boolean;
  readonly json: boolean;
  readonly options: BenchOptions;
}

/** Throws where an option is unknown or no number of its kind. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const number = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      events: number,
      orders: number,
      scale: number,
      seconds: number,
      'ids-behind': number,
      json: flag,
      help: { ...flag, short: 'h' },
    },
  });
  if (positionals.length > 1) throw new Error(`One benchmark at a time, not ${positionals[1]}.`);
  return {
    scenario: positionals[0],
    help: values.help,
    json: values.json,
    options: {
      events: wholeNumber('events', values.events),
      orders: wholeNumber('orders', values.orders),
      scale: positiveNumber('scale', values.scale),
      seconds: wholeNumber('seconds', values.seconds),
      idsBehind: wholeNumber('ids-behind', values['ids-behind']),
    },
  };
}

function wholeNumber(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} is a whole number of at least 1, not "${text}".`);
}

function positiveNumber(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} is a number above 0, such as 0.05, not "${text}".`);
}
