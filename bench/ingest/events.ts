import { isTaxId } from '../../core/taxId.ts';

/** Made-up events of four vendors: what a request holds, by the number of the event. */

export const VENDORS = 4;
const FIRMS_PER_VENDOR = 50;
const ACTORS_PER_FIRM = 20;
const TIMES = 8_192;
const DAY_MS = 86_400_000;
/** A multiple of the vendors. */
const BODIES = 64;
const ACTIONS = ['login', 'create', 'update', 'query', 'browse', 'click'];

export interface EventSource {
  /** A record of the registry a line. */
  readonly registry: string;
  /** One event as JSON; the same number is the same event. */
  event(number: number): string;
  /** The events from that number on, one batch, as a body. */
  batch(first: number): Buffer;
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
  // All but the id comes again after so many: to make bodies must cost little beside reading them.
  const fieldsOf = (number: number) => {
    const vendor = vendorOf(number);
    const mixed = ((number % (batchEvents * BODIES)) * 7_919) % 1_000_003;
    const firm = firms[vendor * FIRMS_PER_VENDOR + (mixed % FIRMS_PER_VENDOR)] ?? '';
    const actor = mixed % (FIRMS_PER_VENDOR * ACTORS_PER_FIRM);
    const action = ACTIONS[mixed % ACTIONS.length] ?? '';
    const at = times[mixed % TIMES] ?? '';
    return `"solutionId":"bench-${vendor}","smeId":"${firm}","actorId":"user-${actor}@example.com","actorRole":"staff","action":"${action}","occurredAt":"${at}","sessionId":"s-${actor}-${mixed % 97}","resource":"/orders/${mixed}"}`;
  };
  const event = (number: number) => `{"id":"${idOf(number)}",${fieldsOf(number)}`;
  const bodies = new Map<number, { readonly bytes: Buffer; readonly ids: readonly number[] }>();
  const bodyOf = (place: number) => {
    const known = bodies.get(place);
    if (known !== undefined) return known;
    const numbers = Array.from({ length: batchEvents }, (_, i) => place * batchEvents + i);
    const texts = numbers.map((number) => event(number));
    const bytes = Buffer.from(`[${texts.join(',')}]`);
    let at = 1 + '{"id":"'.length;
    const ids = texts.map((text) => {
      const own = at;
      at += text.length + 1;
      return own;
    });
    const made = { bytes, ids };
    bodies.set(place, made);
    return made;
  };
  return {
    registry: registryOf(firms),
    vendorOf,
    event,
    batch(first) {
      const { bytes, ids } = bodyOf((first / batchEvents) % BODIES);
      const body = Buffer.from(bytes);
      for (const [i, at] of ids.entries()) body.write(idOf(first + i), at, 'latin1');
      return body;
    },
  };
}

/** Spread over all ids, as random ones are: the hardest to look up. */
function idOf(number: number): string {
  const spread = (Math.imul(number, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  return `${spread}-7d1e-${String(number).padStart(12, '0')}`;
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
