import { type FaultReport, holds } from './scenario.ts';

/** Reports as people read them. */

/** A row of the table of results in docs/faults.md, as it is pasted there. */
export function rowOf(name: string, report: FaultReport): string {
  const { runs, runsAre, injected, acknowledged, lost, double, problems } = report;
  const figures = Object.entries(report.figures).map(
    ([figure, value]) => `${figure} ${said(value)}`,
  );
  const wrong = problems.map((problem) => `**${problem}**`);
  const cells = [
    `\`${name}\``,
    `${said(runs)} ${runsAre}`,
    said(injected),
    said(acknowledged),
    said(lost),
    said(double),
    [...wrong, ...figures].join('; '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function said(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}

const COLUMNS = ['scenario', 'runs', 'faults', 'acknowledged', 'lost', 'double', 'result'];

/** What a terminal shows in the end: a line a scenario. */
export function tableOf(reports: Readonly<Record<string, FaultReport>>): string {
  const rows = Object.entries(reports).map(([name, report]) => [
    name,
    `${report.runs} ${report.runsAre}`,
    String(report.injected),
    String(report.acknowledged),
    String(report.lost),
    String(report.double),
    holds(report) ? 'held' : 'BROKEN',
  ]);
  const widths = COLUMNS.map((title, i) =>
    Math.max(title.length, ...rows.map((r) => r[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return [COLUMNS, ...rows].map(line).join('');
}
