import { type Doubt, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

/** At how many firms of the vendor each actor and address was seen in the months of the use. */
export interface SharedMarks {
  /** Only those seen at `FIRMS_MIN` firms or more. */
  readonly actors: ReadonlyMap<string, number>;
  readonly addresses: ReadonlyMap<string, number>;
}

/** A bookkeeper or a group's person may work for two firms; three in one month ask for a look. */
export const FIRMS_MIN = 3;

/** One actor behind several firms. */
export function sharedActor(events: readonly UseEvent[], marks: SharedMarks): Doubt | null {
  return sharing(events, (e) => marks.actors.get(e.actor), {
    code: 'shared_actor',
    zh: '同一使用者帳號於多家企業使用。',
    en: 'The same person uses the solution for several firms.',
  });
}

/** One address behind many firms. */
export function sharedAddress(events: readonly UseEvent[], marks: SharedMarks): Doubt | null {
  const firmsOf = (e: UseEvent) =>
    e.address === null ? undefined : marks.addresses.get(e.address);
  return sharing(events, firmsOf, {
    code: 'shared_address',
    zh: '多家企業由同一網路位址使用。',
    en: 'Several firms use the solution from the same address.',
  });
}

function sharing(
  events: readonly UseEvent[],
  firmsOf: (event: UseEvent) => number | undefined,
  said: Pick<Doubt, 'code' | 'zh' | 'en'>,
): Doubt | null {
  const doubted = new Set(events.filter((e) => (firmsOf(e) ?? 0) >= FIRMS_MIN));
  if (doubted.size === 0) return null;
  return {
    ...said,
    isPattern: true,
    events: doubted,
    figures: {
      sharedEvents: doubted.size,
      shareOfEvents: percent(doubted.size, events.length),
      firms: [...doubted].reduce((most, e) => Math.max(most, firmsOf(e) ?? 0), 0),
    },
  };
}
