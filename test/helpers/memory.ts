import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resident memory of another process, as Linux tells it, in MiB. */

/** At its highest while something ran, above what it was before. */
export async function riseMiBOf(pid: number, work: () => Promise<void>): Promise<number> {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = memoryMiB(pid, 'VmRSS');
  await work();
  return memoryMiB(pid, 'VmHWM') - before;
}

/** Waits until a server has stored what it took: its memory no longer moves by itself. */
export async function settledMemory(pid: number): Promise<void> {
  const seen: number[] = [];
  while (seen.length < 60) {
    seen.push(memoryMiB(pid, 'VmRSS'));
    const last = seen.slice(-6);
    if (last.length === 6 && Math.max(...last) - Math.min(...last) < 1) return;
    await sleep(500);
  }
}

/** Now, or at its highest since it was last reset. */
function memoryMiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}
