import { describe, expect, it } from 'vitest';
import { existingCustomer, idConflicts } from '../../../core/authenticity/beside.ts';
import { sharedActor, sharedAddress } from '../../../core/authenticity/shared.ts';
import { at } from '../../helpers/world.ts';
import { markOf, steps, usesAt } from './useInput.ts';

describe('what several firms share', () => {
  const events = usesAt('2023-05-03 10:00:00', steps(20, 3_600), { address: '7' });
  const marks = (firms: number, ofFirms: number) => ({
    actors: new Map([['1', markOf(firms, ofFirms)]]),
    addresses: new Map([['7', markOf(firms, ofFirms)]]),
  });

  it('is an actor or an address of three firms in one week, and not of two', () => {
    for (const shared of [sharedActor, sharedAddress]) {
      expect(shared(events, marks(2, 40))).toBeNull();
      expect(shared(events, marks(3, 40))).toMatchObject({
        patternFrom: 16,
        figures: { sharedEvents: 20, firms: 3, firmsOfVendor: 40 },
      });
    }
  });

  it.each([
    [9, 9, true],
    [10, 12, false],
    [10, 13, true],
    [400, 500, false],
    [399, 500, true],
  ])('of %i of %i firms is a pattern: %s', (firms, ofFirms, is) => {
    for (const shared of [sharedActor, sharedAddress]) {
      expect(shared(events, marks(firms, ofFirms))?.patternFrom !== null).toBe(is);
    }
  });

  it.each([
    ['ten customers in every week', 10, 48, 60, true],
    ['nine customers', 9, 45, 45, false],
    ['in all weeks but too few of them', 10, 47, 60, false],
    ['nobody who is a customer', 0, 0, 0, false],
  ])(
    'by a real share of use, of %s, is common: %s',
    (_, customers, customerWeeks, ofCustomerWeeks, is) => {
      const mark = { firms: 40, ofFirms: 40, customers, customerWeeks, ofCustomerWeeks };
      const ofMark = { actors: new Map([['1', mark]]), addresses: new Map([['7', mark]]) };
      for (const shared of [sharedActor, sharedAddress]) {
        expect(shared(events, ofMark)?.patternFrom === null).toBe(is);
      }
    },
  );

  it('leaves out what nearly everybody has where there is more', () => {
    const clerk = usesAt('2023-05-04 10:00:00', steps(5, 3_600), { actor: '2' });
    const actors = new Map([
      ['1', markOf(20, 20)],
      ['2', markOf(4, 20)],
    ]);
    const found = sharedActor([...events, ...clerk], { actors, addresses: new Map() });
    expect(found?.events).toEqual(new Set(clerk));
    expect(found).toMatchObject({ patternFrom: 16, figures: { firms: 4 } });
  });

  it('is shown with its events where nearly everybody has all of it', () => {
    for (const shared of [sharedActor, sharedAddress]) {
      const found = shared(events, marks(20, 20));
      expect(found?.events).toEqual(new Set(events));
      expect(found?.figures).toEqual({
        sharedEvents: 20,
        shareOfEvents: 100,
        firms: 20,
        firmsOfVendor: 20,
      });
    }
  });

  it('is told by the mark that was used first, where two have as many firms', () => {
    const second = usesAt('2023-05-04 10:00:00', steps(5, 3_600), { actor: '2' });
    const actors = new Map([
      ['1', markOf(4, 20)],
      ['2', markOf(4, 21)],
    ]);
    const found = sharedActor([...events, ...second], { actors, addresses: new Map() });
    expect(found?.figures).toMatchObject({ sharedEvents: 25, firms: 4, firmsOfVendor: 20 });
  });

  it('is no address where none was sent', () => {
    const bare = events.map((e) => ({ ...e, address: null }));
    expect(sharedAddress(bare, marks(3, 40))).toBeNull();
  });
});

describe('what is known beside the month', () => {
  it('is an id with other content, from the first on, and never holds', () => {
    expect(idConflicts(0)).toBeNull();
    expect(idConflicts(1)).toMatchObject({ severity: 'low', figures: { versions: 1 } });
  });

  it('is a customer of before by an order or by one use, and never holds', () => {
    const none = { earlierOrders: 0, uses: 0, firstUseMs: null };
    expect(existingCustomer(none)).toBeNull();
    expect(existingCustomer({ ...none, earlierOrders: 1 })?.severity).toBe('low');
    const used = existingCustomer({ ...none, uses: 1, firstUseMs: at('2023-04-14 23:59:59') });
    expect(used).toMatchObject({
      severity: 'low',
      figures: { earlierOrders: 0, usesBefore: 1, firstUse: '2023-04-14' },
    });
  });
});
