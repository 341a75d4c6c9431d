import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import pino from 'pino';
import { readConfig } from '../core/config.ts';
import type { App } from './app.ts';
import { checkAgainstSample } from './demoCheck.ts';
import { demoDocument, demoTable, servingText } from './demoReport.ts';
import { runDemo } from './demoRun.ts';
import { failWith } from './fail.ts';
import { stopOnSignals } from './serve.ts';

/** `flowproof demo`: from nothing to claimable months and their charts, on real commit histories. */
export const demo = defineCommand({
  meta: {
    name: 'demo',
    description:
      'Load the sample registry, send the sample log over HTTP, verify, draw, and check the answer',
  },
  args: {
    json: {
      type: 'boolean',
      description: 'Print one JSON document on standard output and nothing else there',
    },
    serve: {
      type: 'boolean',
      description: 'Stay up after the table, until Ctrl-C',
    },
  },
  async run({ args }) {
    const stage = openStage();
    try {
      const { app, dataDir } = await stage.ready;
      const outcome = await runDemo({ ...app, signal: stage.signal, say });
      const faults = await checkAgainstSample(outcome);
      process.stdout.write(args.json === true ? demoDocument(outcome) : demoTable(outcome));
      if (faults.length > 0) throw new Error(differs(faults));
      say('核對 Checked: the same as the independent recount in samples/vcs-small');
      if (args.serve === true) {
        const text = servingText({ url: app.url, dataDir });
        (args.json === true ? process.stderr : process.stdout).write(text);
        stage.served();
        return;
      }
      await stage.close();
    } catch (error) {
      // Whoever sent the signal waits for the order in which everything ends.
      if (stage.signal.aborted) return;
      await stage.close();
      failWith(error);
    }
  },
});

interface Stage {
  readonly ready: Promise<{ readonly app: App; readonly dataDir: string }>;
  /** Aborted when a signal came. */
  readonly signal: AbortSignal;
  /** From now on Ctrl-C is the way to end, no failure. */
  served(): void;
  /** Ends every part, then removes the data; may be called again. */
  close(): Promise<void>;
}

/** An app on data of its own, on a free loopback port, with a simulated clock. */
function openStage(): Stage {
  const stopping = new AbortController();
  // Every request listens to it.
  setMaxListeners(0, stopping.signal);
  let mayEnd = false;
  let closing: Promise<void> | undefined;
  const ready = start();
  ready.catch(() => {});
  const close = async () => {
    const started = await ready.catch(() => undefined);
    await started?.app.stop();
    if (started !== undefined) await removeData(started.dataDir);
  };
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  const stop = async () => {
    stopping.abort();
    await closeOnce();
    if (!mayEnd) process.exit(1);
  };
  stopOnSignals({ stop }, say);
  return {
    ready,
    signal: stopping.signal,
    served: () => {
      mayEnd = true;
    },
    close: closeOnce,
  };
}

/** Nothing of the user's environment or data takes part. */
async function start(): Promise<{ app: App; dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flowproof-demo-'));
  try {
    const own = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, SIMULATED_CLOCK: '1' };
    const config = readConfig({ ...own, LOG_LEVEL: 'warn' }, () => '');
    const logger = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
    say('啟動 Starting: embedded engine, private Redis, HTTP');
    const { startApp } = await import('./app.ts');
    return { app: await startApp(config, logger, Date.now), dataDir };
  } catch (error) {
    await removeData(dataDir);
    throw error;
  }
}

/** Only what this run made. */
async function removeData(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const FAULTS_SHOWN_MAX = 20;

function differs(faults: readonly string[]): string {
  const shown = faults.slice(0, FAULTS_SHOWN_MAX).map((fault) => `  ${fault}`);
  return [`${faults.length} answers differ from the expected ones:`, ...shown].join('\n');
}
