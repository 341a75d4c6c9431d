import { z } from 'zod';
import {
  type Case,
  caseBodySchema,
  type Order,
  orderBodySchema,
  orderOf,
  type RegistryView,
  type Sme,
  type Solution,
  type SolutionVersion,
  smeBodySchema,
  solutionBodySchema,
  type Vendor,
  vendorBodySchema,
} from './registry.ts';

/**
 * The registry as append-only history: an entry is one statement of the administrator, and what
 * stands now is the entries applied in order.
 */
export const registryEntrySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('vendor'), id: z.string(), body: vendorBodySchema }),
  z.strictObject({ kind: z.literal('solution'), id: z.string(), body: solutionBodySchema }),
  z.strictObject({ kind: z.literal('sme'), id: z.string(), body: smeBodySchema }),
  z.strictObject({ kind: z.literal('order'), id: z.string(), body: orderBodySchema }),
  z.strictObject({ kind: z.literal('case'), id: z.string(), body: caseBodySchema }),
]);
export type RegistryEntry = z.infer<typeof registryEntrySchema>;

/** The registry as it stands after its entries; laid over `base` it shows what a change would make. */
export class Registry implements RegistryView {
  readonly #base: Registry | null;
  readonly #vendors = new Map<string, Vendor>();
  readonly #solutions = new Map<string, Solution>();
  readonly #smes = new Map<string, Sme>();
  readonly #orders = new Map<string, Order>();
  readonly #cases = new Map<string, Case>();
  readonly #orderIdsBySme = new Map<string, Set<string>>();
  readonly #orderIdsBySolution = new Map<string, Set<string>>();
  readonly #bodies = new Map<string, string>();

  constructor(base: Registry | null = null) {
    this.#base = base;
  }

  /** Whether the entry says what already stands. */
  repeats(entry: RegistryEntry): boolean {
    return this.#body(entryKey(entry)) === JSON.stringify(entry.body);
  }

  apply(entry: RegistryEntry): void {
    this.#bodies.set(entryKey(entry), JSON.stringify(entry.body));
    switch (entry.kind) {
      case 'vendor':
        this.#vendors.set(entry.id, { vendorId: entry.id, ...entry.body });
        return;
      case 'solution':
        this.#solutions.set(entry.id, withVersion(this.solution(entry.id), entry));
        return;
      case 'sme': {
        const { name, pointsIssuedOn } = entry.body;
        this.#smes.set(entry.id, { smeId: entry.id, name, pointsIssuedOn: pointsIssuedOn ?? null });
        return;
      }
      case 'order': {
        const { smeId, solutionId } = entry.body;
        const ofSme = this.#orderIdsBySme.get(smeId) ?? new Set();
        this.#orderIdsBySme.set(smeId, ofSme.add(entry.id));
        const ofSolution = this.#orderIdsBySolution.get(solutionId) ?? new Set();
        this.#orderIdsBySolution.set(solutionId, ofSolution.add(entry.id));
        this.#orders.set(entry.id, orderOf(entry.id, entry.body));
        return;
      }
      case 'case':
        this.#cases.set(entry.id, { caseId: entry.id, ...entry.body });
        return;
    }
  }

  vendor(vendorId: string): Vendor | undefined {
    return this.#vendors.get(vendorId) ?? this.#base?.vendor(vendorId);
  }

  solution(solutionId: string): Solution | undefined {
    return this.#solutions.get(solutionId) ?? this.#base?.solution(solutionId);
  }

  sme(smeId: string): Sme | undefined {
    return this.#smes.get(smeId) ?? this.#base?.sme(smeId);
  }

  order(orderId: string): Order | undefined {
    return this.#orders.get(orderId) ?? this.#base?.order(orderId);
  }

  case(caseId: string): Case | undefined {
    return this.#cases.get(caseId) ?? this.#base?.case(caseId);
  }

  *orders(): Iterable<Order> {
    for (const order of this.#base?.orders() ?? []) {
      if (!this.#orders.has(order.orderId)) yield order;
    }
    yield* this.#orders.values();
  }

  *solutions(): Iterable<Solution> {
    for (const solution of this.#base?.solutions() ?? []) {
      if (!this.#solutions.has(solution.solutionId)) yield solution;
    }
    yield* this.#solutions.values();
  }

  *vendors(): Iterable<Vendor> {
    for (const vendor of this.#base?.vendors() ?? []) {
      if (!this.#vendors.has(vendor.vendorId)) yield vendor;
    }
    yield* this.#vendors.values();
  }

  ordersOfSme(smeId: string): readonly Order[] {
    const ids = new Set(this.#base?.ordersOfSme(smeId).map((o) => o.orderId));
    for (const id of this.#orderIdsBySme.get(smeId) ?? []) ids.add(id);
    return [...ids].flatMap((id) => this.order(id) ?? []).filter((o) => o.smeId === smeId);
  }

  ordersOfSolution(solutionId: string): readonly Order[] {
    const ids = new Set(this.#base?.ordersOfSolution(solutionId).map((o) => o.orderId));
    for (const id of this.#orderIdsBySolution.get(solutionId) ?? []) ids.add(id);
    return [...ids]
      .flatMap((id) => this.order(id) ?? [])
      .filter((o) => o.solutionId === solutionId);
  }

  #body(key: string): string | undefined {
    return this.#bodies.get(key) ?? (this.#base === null ? undefined : this.#base.#body(key));
  }
}

/** The solution with one more version; an effectiveFrom that was there is replaced. */
export function withVersion(
  before: Solution | undefined,
  entry: Extract<RegistryEntry, { kind: 'solution' }>,
): Solution {
  const { id, body } = entry;
  const version: SolutionVersion = { solutionId: id, ...body };
  const others = before?.versions.filter((v) => v.effectiveFrom !== body.effectiveFrom) ?? [];
  const versions = [...others, version].sort((a, b) =>
    a.effectiveFrom < b.effectiveFrom ? -1 : 1,
  );
  return {
    solutionId: id,
    vendorId: body.vendorId,
    name: body.name,
    listedFrom: body.listedFrom ?? before?.listedFrom ?? null,
    versions,
  };
}

function entryKey(entry: RegistryEntry): string {
  const version = entry.kind === 'solution' ? ` ${entry.body.effectiveFrom}` : '';
  return `${entry.kind} ${entry.id}${version}`;
}
