import type { Order, ProgrammeId } from '../registry.ts';
import { coprosperity2023 } from './coprosperity2023.ts';
import { type IndustryOptions, industry2022 } from './industry2022.ts';
import { type TcloudOptions, tcloud2023 } from './tcloud2023.ts';
import { terminationOf } from './termination.ts';
import type { Programme } from './types.ts';

/** The choices that the sources leave open; what is not given is decided as documented. */
export interface ProgrammeOptions {
  readonly 'tcloud-2023'?: TcloudOptions;
  readonly 'industry-2022'?: IndustryOptions;
}

export function createProgrammes(
  options: ProgrammeOptions,
): Readonly<Record<ProgrammeId, Programme>> {
  return {
    'tcloud-2023': tcloud2023(options['tcloud-2023'] ?? { firstMonthsAsked: 3 }),
    'industry-2022': industry2022(options['industry-2022'] ?? { earning: 'whole' }),
    'coprosperity-2023': coprosperity2023,
  };
}

/** The programme with every decision as documented. */
export function programmeOf(id: ProgrammeId): Programme {
  return DEFAULTS[id];
}

/** Whether the programme pays such an instalment; where not, the answer is 404. */
export function knowsInstalment(programme: Programme, instalment: number): boolean {
  return programme.instalments.some((rule) => rule.instalment === instalment);
}

/** Points that a termination gave back to the firm; they do not count against its ceiling. */
export function pointsReturned(order: Order): number {
  if (programmeOf(order.programme).points?.returnedOnTermination !== true) return 0;
  return terminationOf(order, { pointsIssuedOn: null })?.pointsReturned ?? 0;
}

const DEFAULTS = createProgrammes({});
