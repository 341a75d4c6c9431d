import { readFileSync } from 'node:fs';

/**
 * What work gives, and the share of the machine's processor time, 0 to 1, that was wanted meanwhile
 * and given to other machines on the same host. Late answers are as late as that makes them.
 */
export async function withStolen<T>(work: () => Promise<T>): Promise<T & { stolen: number }> {
  const before = times();
  const result = await work();
  const after = times();
  const stolen = (after.stolen - before.stolen) / Math.max(1, after.all - before.all);
  return { ...result, stolen: Number(stolen.toFixed(3)) };
}

/** Since the start of the machine, over all cores, in hundredths of a second. */
function times(): { readonly stolen: number; readonly all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + STEAL + 1)
    .map(Number);
  return { stolen: fields[STEAL] ?? 0, all: fields.reduce((sum, ticks) => sum + ticks, 0) };
}

/** user, nice, system, idle, iowait, irq, softirq, steal */
const STEAL = 7;
