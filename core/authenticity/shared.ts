import { type Doubt, PATTERN_OF_FIRMS_FROM, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

/** The actors and addresses that several firms of the vendor have in one week of the month. */
export interface SharedMarks {
  /** Only those seen at `FIRMS_MIN` firms or more. */
  readonly actors: ReadonlyMap<string, FirmsOfMark>;
  readonly addresses: ReadonlyMap<string, FirmsOfMark>;
}

export interface FirmsOfMark {
  /** Of the week with most firms. */
  readonly firms: number;
  /** All firms of the vendor with use in that week. */
  readonly ofFirms: number;
  /** The customers of whose use it makes a real share: in the week with most of them. */
  readonly customers: number;
  /** In how many weeks it is so, over all customers; and the weeks in which they have any use. */
  readonly customerWeeks: number;
  readonly ofCustomerWeeks: number;
}

/** A bookkeeper or a group's person may work for two firms; three in one month ask for a look. */
export const FIRMS_MIN = 3;

/** Of a firm's use that came late, fewer events make no stream and decide no month. */
export const LATE_MIN = 8;
/** One of so many of the firm's. */
export const LATE_SHARE = 10;

/**
 * What nearly every customer of a vendor has is no person and no office: a name such as `admin` that
 * the system gives in each firm, or the address of the vendor's own gateway. It is shown. Single
 * events, one week, or firms without an order make nothing common: a vendor can send those at will.
 */
const COMMON_CUSTOMERS_MIN = 10;
const COMMON_SHARE_MIN = 0.8;

const NO_FIRMS = { firms: 0, ofFirms: 0 };

function isCommon({ customers, customerWeeks, ofCustomerWeeks }: FirmsOfMark): boolean {
  return customers >= COMMON_CUSTOMERS_MIN && customerWeeks >= ofCustomerWeeks * COMMON_SHARE_MIN;
}

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
  firmsOf: (event: UseEvent) => FirmsOfMark | undefined,
  said: Pick<Doubt, 'code' | 'zh' | 'en'>,
): Doubt | null {
  const shared = events.flatMap((event) => {
    const of = firmsOf(event);
    return of === undefined || of.firms < FIRMS_MIN ? [] : [{ event, of }];
  });
  if (shared.length === 0) return null;
  // Of what is shared, only what not everybody has is in doubt.
  const own = shared.filter(({ of }) => !isCommon(of));
  const doubted = own.length === 0 ? shared : own;
  const most = doubted.reduce(
    (a, { of }) => (of.firms > a.firms ? { firms: of.firms, ofFirms: of.ofFirms } : a),
    NO_FIRMS,
  );
  return {
    ...said,
    patternFrom: own.length > 0 ? PATTERN_OF_FIRMS_FROM : null,
    events: new Set(doubted.map(({ event }) => event)),
    figures: {
      sharedEvents: doubted.length,
      shareOfEvents: percent(doubted.length, events.length),
      firms: most.firms,
      firmsOfVendor: most.ofFirms,
    },
  };
}
