import { readFileSync, writeFileSync } from 'node:fs';
import { recordDrawing } from '../../../render/config.ts';
import { usageChart } from '../fixture.ts';

/**
 * The golden drawing: four months in four states under two versions of a rule. After a meant change:
 * `node --import tsx test/render/golden/make.ts --write`, then read the difference.
 */

const FILE = new URL('./record.json', import.meta.url);

export function goldenText(): string {
  const chart = usageChart({
    states: ['met', 'short', 'held', 'open'],
    rules: [
      {
        allOf: [
          { metric: 'logins', per: 'week', atLeast: 3, in: 3 },
          { metric: 'interactions', per: 'month', atLeast: 20 },
        ],
      },
      {
        anyOf: [
          { metric: 'interactions', actions: ['create', 'query'], per: 'week', atLeast: 20 },
          { metric: 'activeUsers', per: 'day', atLeast: 1, in: 15 },
        ],
      },
    ],
    asOf: '2023-08-02T09:30:00.000+08:00',
    changes: { simulated: true },
  });
  return `${JSON.stringify(recordDrawing(chart), null, 1)}\n`;
}

export function storedText(): string {
  return readFileSync(FILE, 'utf8');
}

if (process.argv.includes('--write')) writeFileSync(FILE, goldenText());
