import type { EventFault, UsageEvent } from '../core/event.ts';
import { CLOCK_AHEAD_MAX_MS, OLDEST_EVENT_DATE } from '../core/limits.ts';
import { interactionsOf, LOGIN } from '../core/normalFlow.ts';
import type { RegistryView, SolutionVersion } from '../core/registry.ts';
import { civilDate, startOfDay } from '../core/time.ts';
import { idOf, readEvent, withFewAttributes } from './decode/readEvent.ts';

/** In what a batch is judged: who sent it, when it was received, what is registered then. */
export interface AcceptContext {
  readonly vendorId: string;
  readonly receivedAtMs: number;
  readonly registry: RegistryView;
}

export interface AcceptedEvent {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly event: UsageEvent;
}

export interface RefusedEvent {
  readonly index: number;
  /** Null where the event carries no valid id. */
  readonly id: string | null;
  readonly fault: EventFault;
  /** The event as sent, with its personal data; null where it could not be read. */
  readonly value: unknown;
}

const OLDEST_MS = startOfDay(civilDate(OLDEST_EVENT_DATE));

/**
 * The judge of one batch: every event by itself. An event is refused for the first of `REJECT_CODES`
 * that applies. Repeated ids are accepted: which version stands is decided on load.
 */
export class Judge {
  readonly #context: AcceptContext;
  /** What the registry knows of the names in the batch: each is looked up once. */
  readonly #actions = new Map<string, ReadonlySet<string> | null>();
  readonly #smes = new Map<string, boolean>();

  constructor(context: AcceptContext) {
    this.#context = context;
  }

  /** Judges the event at one place of the batch. */
  judge(index: number, value: unknown): AcceptedEvent | RefusedEvent {
    const read = readEvent(value);
    const fault = read.fault ?? this.#faultOf(read.event);
    if (fault === null && read.event !== null) return { index, event: read.event };
    if (fault === null) throw new RangeError('an event is neither read nor refused');
    const isObject = typeof value === 'object' && value !== null;
    return { index, id: idOf(value), fault, value: isObject ? withFewAttributes(value) : value };
  }

  /** Whether an event is accepted whose fields are valid by themselves. */
  admits(event: NamedEvent): boolean {
    return this.#faultOf(event) === null;
  }

  #faultOf(event: NamedEvent): EventFault | null {
    const actions = this.#actionsOf(event.solutionId);
    if (actions === null) {
      return { code: 'unknown_solution', detail: 'solutionId names no solution of this vendor' };
    }
    if (!this.#isSme(event.smeId)) {
      return { code: 'unknown_sme', detail: 'smeId names no registered firm' };
    }
    if (!actions.has(event.action)) {
      return { code: 'unknown_action', detail: 'action is none that the solution declares' };
    }
    return timeFault(event.occurredAtMs, this.#context.receivedAtMs);
  }

  /** The actions of every version of the vendor's solution; null where it has no such solution. */
  #actionsOf(solutionId: string): ReadonlySet<string> | null {
    let actions = this.#actions.get(solutionId);
    if (actions === undefined) {
      const solution = this.#context.registry.solution(solutionId);
      const isOwn = solution?.vendorId === this.#context.vendorId;
      actions = isOwn ? actionsOf(solution.versions) : null;
      this.#actions.set(solutionId, actions);
    }
    return actions;
  }

  #isSme(smeId: string): boolean {
    let isSme = this.#smes.get(smeId);
    if (isSme === undefined) {
      isSme = this.#context.registry.sme(smeId) !== undefined;
      this.#smes.set(smeId, isSme);
    }
    return isSme;
  }
}

type NamedEvent = Pick<UsageEvent, 'solutionId' | 'smeId' | 'action' | 'occurredAtMs'>;

/** A solution's versions are another array whenever they change. */
const ACTIONS = new WeakMap<readonly SolutionVersion[], ReadonlySet<string>>();

function actionsOf(versions: readonly SolutionVersion[]): ReadonlySet<string> {
  const before = ACTIONS.get(versions);
  if (before !== undefined) return before;
  const actions = new Set([LOGIN, ...versions.flatMap(interactionsOf)]);
  ACTIONS.set(versions, actions);
  return actions;
}

function timeFault(occurredAtMs: number, receivedAtMs: number): EventFault | null {
  if (occurredAtMs > receivedAtMs + CLOCK_AHEAD_MAX_MS) {
    const minutes = CLOCK_AHEAD_MAX_MS / 60_000;
    const detail = `occurredAt is more than ${minutes} minutes ahead of the time received`;
    return { code: 'future_timestamp', detail };
  }
  if (occurredAtMs < OLDEST_MS) {
    return { code: 'too_old', detail: `occurredAt is before ${OLDEST_EVENT_DATE} in Taipei` };
  }
  return null;
}
