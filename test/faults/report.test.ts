import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rowOf, tableOf } from './report.ts';
import type { FaultReport } from './scenario.ts';

const REPORT: FaultReport = {
  runs: 30,
  runsAre: 'minutes away',
  injected: 21,
  acknowledged: 397_794,
  lost: 0,
  double: 0,
  problems: [],
  figures: { spoolMiBAtMost: 63.4, injectedBy: 'kill -9' },
};

const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');
const cellsOf = (row: string) => row.split('|').slice(1, -1);

it('a report is said as a row of the table of docs/faults.md, to be pasted', () => {
  const row = rowOf('storeAway', REPORT);
  expect(row).toBe(
    '| `storeAway` | 30 minutes away | 21 | 397,794 | 0 | 0 | spoolMiBAtMost 63.4; injectedBy kill -9 |',
  );
  const heading = page.split('\n').find((line) => line.startsWith('| scenario | runs |')) ?? '';
  expect(cellsOf(heading).map((cell) => cell.trim())).toEqual([
    ...['scenario', 'runs', 'faults injected', 'acknowledged', 'lost', 'double', 'notable'],
  ]);
  expect(cellsOf(row)).toHaveLength(cellsOf(heading).length);
});

it('what broke stands in its row first, and no text of it cuts the row', () => {
  const broken = { ...REPORT, lost: 2, problems: ['month 1 counts 3 | 4'] };
  const row = rowOf('eio', broken);
  expect(row).toContain('| 2 | 0 | **month 1 counts 3 \\| 4**; spoolMiBAtMost');
  expect(tableOf({ eio: broken, cut: REPORT })).toMatch(/^eio .*BROKEN\ncut .*held\n$/m);
});
