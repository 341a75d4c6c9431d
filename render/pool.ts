import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import type { ChartFormat, ChartRenderer, UsageChart } from '../core/chart.ts';
import { RenderBusyError } from './errors.ts';
import type { RenderTask } from './renderWorker.ts';

/** Records waiting for a thread: about ten seconds of work for one thread. */
const WAITING_MAX = 128;
/** A thread without work gives its memory back after this time. */
const IDLE_MS = 60_000;

export interface RendererOptions {
  /** Threads that draw: at most one for each processor core. */
  readonly workers: number;
  /** Records that may wait for a thread; one more is refused with RenderBusyError. */
  readonly waitingMax?: number;
}

/**
 * The port on a pool of threads. `render` rejects with RenderBusyError when too many wait, with the
 * drawing's own error for a chart that cannot be drawn (others are not touched), and after `close`.
 * `close` waits for what was asked before.
 */
export function createChartRenderer(options: RendererOptions): ChartRenderer {
  const waitingMax = options.waitingMax ?? WAITING_MAX;
  const pool = new Piscina<RenderTask, Uint8Array>({
    filename: fileURLToPath(new URL('./renderWorker.ts', import.meta.url)),
    name: 'renderTask',
    minThreads: 0,
    maxThreads: options.workers,
    maxQueue: options.workers + waitingMax,
    idleTimeout: IDLE_MS,
    execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
    env: { DISABLE_SYSTEM_FONTS_LOAD: '1' },
  });
  const drawing = new Set<Promise<Uint8Array>>();
  let closing: Promise<void> | undefined;
  return {
    async render(chart: UsageChart, format: ChartFormat): Promise<Uint8Array> {
      if (closing !== undefined) throw new Error('the renderer is closed');
      if (drawing.size >= options.workers + waitingMax) throw new RenderBusyError(waitingMax);
      const asked = pool.run({ chart, format });
      drawing.add(asked);
      try {
        return await asked;
      } finally {
        drawing.delete(asked);
      }
    },
    close(): Promise<void> {
      closing ??= Promise.allSettled(drawing).then(() => pool.destroy());
      return closing;
    },
  };
}
