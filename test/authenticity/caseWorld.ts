import { type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { DAY_MS, dateOf, mondayOf, startOfDay } from '../../core/time.ts';
import { taxId } from '../helpers/app.ts';
import type { Random } from '../helpers/spoolFsRandom.ts';
import type { StoredEvent } from '../helpers/storedEvents.ts';
import { storedEvent } from '../helpers/world.ts';
import { between, type Made, type Span } from './fabricate.ts';
import { pseudonym } from './sample.ts';

/** One vendor with one solution and its firms, whose rule is set when all use is known. */
export class CaseWorld {
  readonly #name: string;
  readonly #random: Random;
  readonly #firms: { readonly real: StoredEvent[]; readonly made: StoredEvent[] }[] = [];

  constructor(name: string, random: Random) {
    this.#name = name;
    this.#random = random;
  }

  get orderId(): string {
    return `order-${this.#name}`;
  }

  /** A firm with real use of its own, whose people are nobody else's; answers its number. */
  addFirm(real: readonly StoredEvent[]): number {
    this.#firms.push({ real: [], made: [] });
    const firm = this.#firms.length - 1;
    this.addReal(firm, real);
    return firm;
  }

  addReal(firm: number, events: readonly StoredEvent[]): void {
    for (const event of events) {
      const actor = pseudonym(this.#name, `${firm} ${event.actor}`);
      const { occurredAtMs, receivedAtMs, action } = event;
      this.#of(firm).real.push(this.#event(firm, { actor, occurredAtMs, receivedAtMs, action }));
    }
  }

  addMade(firm: number, made: readonly Made[]): void {
    for (const { atMs, receivedAtMs, person, action, address } of made) {
      const inTime = atMs + Math.round(between(this.#random, 0.02, 20) * 3_600_000);
      this.#of(firm).made.push(
        this.#event(firm, {
          actor: pseudonym(this.#name, person),
          occurredAtMs: atMs,
          receivedAtMs: Math.max(atMs, receivedAtMs ?? inTime),
          action,
          address: address === null ? 0n : pseudonym(this.#name, `address ${address}`),
        }),
      );
    }
  }

  /** Whatever happened before comes within hours after the instant, of every firm. */
  handIn(atMs: number): void {
    const cameAt = atMs + Math.round(between(this.#random, 0.02, 20) * 3_600_000);
    const handedIn = (e: StoredEvent) =>
      e.occurredAtMs < atMs ? { ...e, receivedAtMs: Math.max(e.receivedAtMs, cameAt) } : e;
    for (const [i, { real, made }] of this.#firms.entries()) {
      this.#firms[i] = { real: real.map(handedIn), made: made.map(handedIn) };
    }
  }

  realCount(firm: number): number {
    return this.#of(firm).real.length;
  }

  events(): StoredEvent[] {
    return this.#firms.flatMap(({ real, made }) => [...real, ...made]);
  }

  /**
   * A rule that the firm's month meets with what was made up and not without: a vendor stops where
   * it is enough, or a while after. Where nothing was made up, one that the real use meets at most
   * twice over. Null where none of the three kinds can be so.
   */
  ruleFor(firm: number, span: Span): NormalFlow | null {
    const { real, made } = this.#of(firm);
    const all = [...real, ...made];
    const rules = [monthly('interactions'), monthly('logins'), weekly];
    const first = Math.floor(this.#random() * rules.length);
    for (let i = 0; i < rules.length; i += 1) {
      const rule = rules[(first + i) % rules.length];
      if (rule === undefined) continue;
      const less = made.length === 0 ? 0 : rule.value(counted(real, span), span);
      const more = rule.value(counted(all, span), span);
      if (more <= less) continue;
      const atLeast = less + Math.ceil((more - less) * between(this.#random, 0.5, 1));
      return rule.of(atLeast);
    }
    return null;
  }

  entries(start: string, contractMonths: number, normalFlow: NormalFlow): RegistryEntry[] {
    const [vendorId, solutionId] = [`vendor-${this.#name}`, `solution-${this.#name}`];
    const solution = {
      vendorId,
      name: solutionId,
      usagePlan: 'use',
      interactions: ['commit', 'merge'],
      normalFlow,
      effectiveFrom: '2020-01-01',
    };
    const order = {
      programme: 'tcloud-2023',
      vendorId,
      solutionId,
      smeId: this.#smeId(0),
      contractStart: start,
      contractMonths,
      priceTwd: 24_000,
      pointsTwd: 12_000,
    };
    return [
      entry('vendor', vendorId, { name: vendorId, taxId: '04595257' }),
      entry('solution', solutionId, solution),
      ...this.#firms.map((_, i) => entry('sme', this.#smeId(i), { name: `firm ${i}` })),
      entry('order', this.orderId, order),
    ];
  }

  #of(firm: number) {
    const of = this.#firms[firm];
    if (of === undefined) throw new RangeError(`no firm ${firm}`);
    return of;
  }

  #event(firm: number, fields: Partial<StoredEvent>): StoredEvent {
    return storedEvent({
      vendorId: `vendor-${this.#name}`,
      solutionId: `solution-${this.#name}`,
      smeId: this.#smeId(firm),
      ...fields,
    });
  }

  #smeId(firm: number): string {
    return taxId(firm);
  }
}

interface Rule {
  readonly value: (events: readonly StoredEvent[], span: Span) => number;
  readonly of: (atLeast: number) => NormalFlow;
}

function monthly(metric: 'interactions' | 'logins'): Rule {
  return {
    value: (events) =>
      events.filter((e) => (e.action === 'login') === (metric === 'logins')).length,
    of: (atLeast) => ({ allOf: [{ metric, per: 'month', atLeast }] }),
  };
}

/** Interactions in three weeks of the month. */
const weekly: Rule = {
  value: (events, span) => {
    const weeks = new Map<string, number>();
    for (const e of events) {
      const start = startOfDay(mondayOf(dateOf(e.occurredAtMs)));
      const days =
        (Math.min(start + 7 * DAY_MS, span.endExclusiveMs) - Math.max(start, span.startMs)) /
        DAY_MS;
      const key = String(start);
      if (days >= 4 && e.action !== 'login') weeks.set(key, (weeks.get(key) ?? 0) + 1);
    }
    return [...weeks.values()].sort((a, b) => b - a)[2] ?? 0;
  },
  of: (atLeast) => ({ allOf: [{ metric: 'interactions', per: 'week', atLeast, in: 3 }] }),
};

function counted(events: readonly StoredEvent[], span: Span): StoredEvent[] {
  const graceEndMs = span.endExclusiveMs + 7 * DAY_MS;
  return events.filter(
    (e) =>
      e.occurredAtMs >= span.startMs &&
      e.occurredAtMs < span.endExclusiveMs &&
      e.receivedAtMs < graceEndMs,
  );
}

function entry(kind: string, id: string, body: unknown): RegistryEntry {
  return registryEntrySchema.parse({ kind, id, body });
}
