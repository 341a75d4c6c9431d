import { describe, expect, it } from 'vitest';
import { claimOf } from '../../api/claims.ts';
import type { Claim } from '../../core/claim.ts';
import { registryEntrySchema } from '../../core/entries.ts';
import { tcloud2023 } from '../../core/programmes/tcloud2023.ts';
import { insertStatement } from '../../store/statements.ts';
import { Months } from '../../verify/months.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import {
  at,
  order,
  orderEntry,
  registryOf,
  solutionEntries,
  storedEvent,
} from '../helpers/world.ts';

/** Statements of a vendor around the ends of a calendar year, and a draw beside them [000 二(二)]. */
const test = useDatabase();
const CEILING = tcloud2023.vendorCeilingPerYearTwd?.value ?? 0;
/** What the order's first instalment pays: 20% of 12,000. */
const PAID = 2_400;
/** Draws of both years apply with this day: all of the first three months are over. */
const ASOF = at('2023-07-22');

/** Drawn when, in Taipei; how much; of which order, else one of the same programme. */
type Drawn = readonly [drawnAt: string, amountTwd: number, orderId?: string];

/** Of the vendor, entered twice. */
const TAX_ID = '04595257';

let worlds = 0;

/** What the claim says at an instant of drawing, or of asking, after the vendor's statements. */
async function reasonsAfter(
  drawn: readonly Drawn[],
  asked: { readonly drawnAt: string } | { readonly asOf: string },
): Promise<string[]> {
  return (await toldAfter(drawn, asked)).map((r) => r.code);
}

async function toldAfter(
  drawn: readonly Drawn[],
  asked: { readonly drawnAt: string } | { readonly asOf: string },
): Promise<Claim['reasons']> {
  worlds += 1;
  const name = `w${worlds}`;
  const body = { attachments: ['self-payment'] };
  const registry = registryOf([
    ...solutionEntries(name, { vendorTaxId: TAX_ID }),
    ...solutionEntries(`${name}-twin`, { vendorTaxId: TAX_ID }),
    ...solutionEntries(`${name}-stranger`, { vendorTaxId: '12345675' }),
    registryEntrySchema.parse({ kind: 'sme', id: '12345675', body: { name: 'F' } }),
    orderEntry(`own-${name}`, name, body),
    orderEntry(`other-${name}`, name),
    orderEntry(`industry-${name}`, name, { programme: 'industry-2022' }),
    orderEntry(`twin-${name}`, `${name}-twin`),
    orderEntry(`stranger-${name}`, `${name}-stranger`),
  ]);
  const days = ['04-16', '05-16', '06-16'].flatMap((day) => [`${day} 09:00:00`, `${day} 10:00:00`]);
  const identity = { vendorId: `v-${name}`, solutionId: `s-${name}` };
  await insertEvents(
    test.db,
    days.map((day) => storedEvent({ ...identity, occurredAtMs: at(`2023-${day}`) })),
  );
  for (const [i, [drawnAt, amountTwd, orderId = 'other']] of drawn.entries()) {
    await insertStatement(test.db, {
      statementId: `${name}-${i}`,
      orderId: `${orderId}-${name}`,
      vendorId: registry.order(`${orderId}-${name}`)?.vendorId ?? '',
      kind: amountTwd < 0 ? 'clawback' : 'claim',
      instalment: amountTwd < 0 ? 2 : 1,
      amountTwd,
      asOfMs: ASOF,
      drawnAtMs: at(drawnAt),
      drawnBy: 'k',
      claim: '{}',
    });
  }
  const { db } = test;
  const months = new Months(db, registry, true);
  const { claim } = await claimOf(
    {
      order: order(`own-${name}`, name, body),
      instalment: 1,
      asOfMs: 'asOf' in asked ? at(asked.asOf) : ASOF,
      drawnAtMs: 'drawnAt' in asked ? at(asked.drawnAt) : null,
    },
    { db, registry: { view: registry }, months, simulated: true },
  );
  return claim.reasons;
}

const FULL = CEILING - PAID;
const REFUSED = ['vendor_ceiling'];

describe('a draw beside what its vendor drew', () => {
  it.each<[string, readonly Drawn[], string[]]>([
    ['to the ceiling', [['2023-05-05', FULL]], []],
    ['one past it', [['2023-05-05', FULL + 1]], REFUSED],
    [
      'a clawback made room',
      [
        ['2023-05-05', FULL + 1],
        ['2023-06-05', -1],
      ],
      [],
    ],
    ['in the year’s first instant', [['2023-01-01', FULL + 1]], REFUSED],
    ['in the instant before it', [['2022-12-31 23:59:59.999', FULL + 1]], []],
    ['in the year’s last instant', [['2023-12-31 23:59:59.999', FULL + 1]], REFUSED],
    ['in the instant after it', [['2024-01-01', FULL + 1]], []],
    ['under another programme', [['2023-05-05', CEILING, 'industry']], []],
    [
      'under both',
      [
        ['2023-05-05', CEILING, 'industry'],
        ['2023-05-06', FULL + 1],
      ],
      REFUSED,
    ],
  ])('in the last instant of 2023: %s (I-43)', async (_, drawn, want) => {
    expect(await reasonsAfter(drawn, { drawnAt: '2023-12-31 23:59:59.999' })).toEqual(want);
  });

  it.each<[string, readonly Drawn[], string[]]>([
    ['the year of its application is full', [['2023-12-31 23:59:59.999', CEILING]], []],
    ['its own year is full', [['2024-01-01', FULL + 1]], REFUSED],
  ])('in the first instant of 2024, applied for in 2023: %s (I-43)', async (_, drawn, want) => {
    expect(await reasonsAfter(drawn, { drawnAt: '2024-01-01' })).toEqual(want);
  });

  it.each<[string, readonly Drawn[], string[]]>([
    ['to the ceiling', [['2023-05-05', FULL, 'twin']], []],
    ['past it', [['2023-05-05', FULL + 1, 'twin']], REFUSED],
    [
      'past it together with its own',
      [
        ['2023-05-05', 1],
        ['2023-05-06', FULL, 'twin'],
      ],
      REFUSED,
    ],
    [
      'past it before a clawback there',
      [
        ['2023-05-05', FULL + 1, 'twin'],
        ['2023-05-06', -1, 'twin'],
      ],
      [],
    ],
    ['which is another firm', [['2023-05-05', CEILING, 'stranger']], []],
  ])('after draws of another entry of its firm: %s (I-176)', async (_, drawn, want) => {
    expect(await reasonsAfter(drawn, { drawnAt: '2023-12-31' })).toEqual(want);
  });

  it('is told that the sum is of the firm, by its number', async () => {
    const told = await toldAfter([['2023-05-05', CEILING, 'twin']], { drawnAt: '2023-12-31' });
    expect(told).toMatchObject([
      {
        detail: 'the vendor, in all entries of 04595257, drew 50000000 this year, at most 50000000',
        zh: '業者（統一編號 04595257 之全部登錄）本年度已領 50000000，上限 50000000',
        source: '000 二(二)',
      },
    ]);
  });

  it.each([
    ['2023-08-01 09:59:59.999', []],
    ['2023-08-01 10:00:00', REFUSED],
  ])('a claim asked for at %s counts what was drawn by then', async (asOf, want) => {
    expect(await reasonsAfter([['2023-08-01 10:00:00', CEILING]], { asOf })).toEqual(want);
  });
});
