import { Registry, type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { type Order, orderBodySchema, orderOf } from '../../core/registry.ts';
import { parseInstant } from '../../core/time.ts';
import type { StoredEvent } from './storedEvents.ts';

/** Facts for tests: instants, events that stand, and a registry of the real kind. */

/** The instant of a time of day in Taipei, such as `2023-04-15 09:30:00.001`, or of a day's start. */
export function at(text: string): number {
  const [day, time = '00:00:00'] = text.split(' ');
  const instant = parseInstant(`${day}T${time}+08:00`);
  if (instant === undefined) throw new RangeError(`no instant: ${text}`);
  return instant;
}

let lastSeq = 0;

/** An event that counts; received a second after it happened. */
export function storedEvent(fields: Partial<StoredEvent> = {}): StoredEvent {
  lastSeq += 1;
  const seq = fields.seq ?? lastSeq;
  const occurredAtMs = fields.occurredAtMs ?? at('2023-04-15 09:30:00');
  return {
    seq,
    vendorId: 'v',
    solutionId: 's',
    smeId: '12345675',
    eventId: `e${seq}`,
    actor: 1n,
    actorRole: 'staff',
    action: 'create',
    occurredAtMs,
    receivedAtMs: occurredAtMs + 1_000,
    source: '',
    sourceSeq: null,
    sessionId: '',
    resource: '',
    address: 0n,
    attributes: '',
    content: BigInt(seq),
    batchId: 'b',
    supersedes: null,
    ...fields,
  };
}

export const MONTHLY: NormalFlow = {
  allOf: [{ metric: 'interactions', per: 'month', atLeast: 2 }],
};

export interface WorldFields {
  readonly name?: string;
  readonly normalFlow?: NormalFlow;
  readonly vendorTaxId?: string;
}

/** A vendor with a solution of its own. */
export function solutionEntries(name: string, fields: WorldFields = {}): RegistryEntry[] {
  const taxId = fields.vendorTaxId ?? '04595257';
  return [
    parsed('vendor', `v-${name}`, { name: `V ${name}`, taxId }),
    parsed('solution', `s-${name}`, {
      vendorId: `v-${name}`,
      name: `S ${name}`,
      usagePlan: 'use',
      interactions: ['print'],
      normalFlow: fields.normalFlow ?? MONTHLY,
      effectiveFrom: '2020-01-01',
    }),
  ];
}

export function registryOf(entries: readonly RegistryEntry[]): Registry {
  const registry = new Registry();
  for (const entry of entries) registry.apply(entry);
  return registry;
}

/** Four months from 2023-04-15 at `s-<name>`; what the body lacks is filled in. */
export function order(orderId: string, name: string, body: Record<string, unknown> = {}): Order {
  return orderOf(orderId, orderBody(name, body));
}

export function orderEntry(
  orderId: string,
  name: string,
  body: Record<string, unknown> = {},
): RegistryEntry {
  return { kind: 'order', id: orderId, body: orderBody(name, body) };
}

function orderBody(name: string, body: Record<string, unknown>) {
  return orderBodySchema.parse({
    programme: 'tcloud-2023',
    vendorId: `v-${name}`,
    solutionId: `s-${name}`,
    smeId: '12345675',
    contractStart: '2023-04-15',
    contractMonths: 4,
    priceTwd: 24_000,
    pointsTwd: 12_000,
    ...body,
  });
}

function parsed(kind: string, id: string, body: unknown): RegistryEntry {
  return registryEntrySchema.parse({ kind, id, body });
}
