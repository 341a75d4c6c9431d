import { coprosperity2023 } from './coprosperity2023.ts';
import { industry2022 } from './industry2022.ts';
import { tcloud2023 } from './tcloud2023.ts';
import { terminationOf } from './termination.ts';
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

/** Points that an early end gave back to the firm; they do not count against its ceiling. */
export function pointsReturned(
  order: Parameters<typeof terminationOf>[0] & { readonly programme: ProgrammeId },
): number {
  const { termination } = programmeOf(order.programme);
  return terminationOf(order, { pointsIssuedOn: null }, termination)?.pointsReturned ?? 0;
}
