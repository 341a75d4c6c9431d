import { isTaxId } from '../../core/taxId.ts';

/** Made-up events of four vendors: what a request holds, by the number of the event. */

export const VENDORS = 4;
const FIRMS_PER_VENDOR = 50;
const ACTORS_PER_FIRM = 20;
const TIMES = 8_192;
const DAY_MS = 86_400_000;
const ACTIONS = ['login', 'create', 'update', 'query', 'browse', 'click'];

export interface EventSource {
  /** A record of the registry a line. */
  readonly registry: string;
  /** One event as JSON; the same number is the same event. */
  event(number: number): string;
  /** The vendor that may send it. */
  vendorOf(number: number): number;
}

/** @param batchEvents so many events in a row are of one vendor */
export function eventSource(nowMs: number, batchEvents: number): EventSource {
  const firms = taxIds(VENDORS * FIRMS_PER_VENDOR);
  const times = Array.from({ length: TIMES }, (_, i) =>
    new Date(nowMs - DAY_MS - Math.floor((i * 20 * DAY_MS) / TIMES)).toISOString(),
  );
  const vendorOf = (number: number) => Math.floor(number / batchEvents) % VENDORS;
  return {
    registry: registryOf(firms),
    vendorOf,
    event(number) {
      const vendor = vendorOf(number);
      const mixed = (number * 7_919) % 1_000_003;
      const firm = firms[vendor * FIRMS_PER_VENDOR + (mixed % FIRMS_PER_VENDOR)] ?? '';
      const actor = mixed % (FIRMS_PER_VENDOR * ACTORS_PER_FIRM);
      const action = ACTIONS[mixed % ACTIONS.length] ?? '';
      const at = times[mixed % TIMES] ?? '';
      // Spread over all ids, as random ones are: the hardest to look up.
      const spread = (Math.imul(number, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
      const id = `${spread}-7d1e-${String(number).padStart(12, '0')}`;
      return `{"id":"${id}","solutionId":"bench-${vendor}","smeId":"${firm}","actorId":"user-${actor}@example.com","actorRole":"staff","action":"${action}","occurredAt":"${at}","sessionId":"s-${actor}-${number % 97}","resource":"/orders/${mixed}"}`;
    },
  };
}

function registryOf(firms: readonly string[]): string {
  const records = Array.from({ length: VENDORS }, (_, vendor) => [
    { kind: 'vendor', id: `bench-${vendor}`, name: `Bench ${vendor}`, taxId: '04595257' },
    {
      kind: 'solution',
      id: `bench-${vendor}`,
      vendorId: `bench-${vendor}`,
      name: `Bench ${vendor}`,
      usagePlan: 'benchmark',
      interactions: [],
      normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 1 }] },
      effectiveFrom: '2020-01-01',
    },
  ]).flat();
  const smes = firms.map((id) => ({ kind: 'sme', id, name: `Firm ${id}` }));
  return [...records, ...smes].map((record) => JSON.stringify(record)).join('\n');
}

function taxIds(count: number): string[] {
  const found: string[] = [];
  for (let number = 10_000_000; found.length < count; number += 1) {
    const id = String(number);
    if (isTaxId(id)) found.push(id);
  }
  return found;
}
