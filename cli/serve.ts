import { readFileSync } from 'node:fs';
import { defineCommand } from 'citty';
import pino from 'pino';
import { readConfig } from '../core/config.ts';
import { SHUTDOWN_MS } from '../core/limits.ts';
import type { App } from './app.ts';
import { failWith } from './fail.ts';

/** `flowproof serve`: runs until it is told to stop. */
export const serve = defineCommand({
  meta: {
    name: 'serve',
    description: 'Serve the roles of this process (see docs/configuration.md)',
  },
  async run() {
    try {
      const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'));
      const logger = pino({ level: config.logLevel });
      // Not with the command: the list of all commands would wait for the engine.
      const { startApp } = await import('./app.ts');
      const app = await startApp(config, logger, Date.now);
      stopOnSignals(app, (line) => logger.info(line));
      logger.info({ url: app.url, roles: config.roles }, 'serving');
      if (config.adminKey === null) {
        logger.info(
          { file: `${config.dataDir}/admin.key` },
          'the administrator key is in this file',
        );
      }
    } catch (error) {
      failWith(error);
    }
  },
});

/** Ctrl-C and SIGTERM end in order; a second Ctrl-C, or a stop that hangs, ends at once. */
export function stopOnSignals(app: Pick<App, 'stop'>, log: (line: string) => void): void {
  let interrupts = 0;
  const stop = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT') interrupts += 1;
    if (interrupts > 1) process.exit(130);
    log(`stopping on ${signal}`);
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => failWith(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
