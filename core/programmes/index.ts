import { earlyEndOf } from '../contract.ts';
import type { CivilDate } from '../time.ts';
import { coprosperity2023 } from './coprosperity2023.ts';
import { industry2022 } from './industry2022.ts';
import { tcloud2023 } from './tcloud2023.ts';
import { terminationOf, usableClauses } from './termination.ts';
import type { Programme } from './types.ts';

/** Every programme. A new one is a file beside this one, its import and its name in this list. */
export const PROGRAMMES = [tcloud2023, industry2022, coprosperity2023] as const;

export type ProgrammeId = (typeof PROGRAMMES)[number]['id'];
export const PROGRAMME_IDS: readonly ProgrammeId[] = PROGRAMMES.map((p) => p.id);

export function programmeOf(id: ProgrammeId): Programme<ProgrammeId> {
  const found = PROGRAMMES.find((p) => p.id === id);
  if (found === undefined) throw new RangeError(`no programme ${id}`);
  return found;
}

/** Whether the programme pays such an instalment; where not, the answer is 404. */
export function knowsInstalment(programme: Programme, instalment: number): boolean {
  return programme.instalments.some((rule) => rule.instalment === instalment);
}

/** Points that an early end gave back to the firm: they do not count against its ceiling. */
export interface PointsReturn {
  readonly points: number;
  readonly returnedOn: CivilDate;
  /** The last day on which they may be used, and the clauses of that. */
  readonly usableUntil: CivilDate;
  readonly source: string;
}

/**
 * Null where none came back.
 * @param sme without it the day of issue is unknown
 */
export function pointsReturn(
  order: Parameters<typeof terminationOf>[0] & { readonly programme: ProgrammeId },
  sme: Parameters<typeof terminationOf>[1] = { pointsIssuedOn: null },
): PointsReturn | null {
  const { termination: rule } = programmeOf(order.programme);
  const answer = terminationOf(order, sme, rule);
  const returnedOn = earlyEndOf(order);
  if (rule === null || returnedOn === null || answer === null) return null;
  const { pointsReturned: points, usableUntil } = answer;
  if (usableUntil === null) return null;
  return { points, returnedOn, usableUntil, source: usableClauses(rule.usable) };
}
