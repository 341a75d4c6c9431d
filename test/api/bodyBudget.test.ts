import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyBudget } from '../../api/bodyBudget.ts';

describe('the memory for bodies', () => {
  it('gives a lone vendor half, and the next a third of what it is (I-98)', () => {
    const budget = new BodyBudget(120);
    const [a, b] = [budget.open('a'), budget.open('b')];
    expect(a.take(60)).toBe(true);
    expect(a.take(1)).toBe(false);
    expect(b.take(30)).toBe(true);
    expect(b.take(1)).toBe(false);
    expect(budget.heldBytes).toBe(90);
  });

  it('counts all requests of a vendor together', () => {
    const budget = new BodyBudget(100);
    const [first, second] = [budget.open('a'), budget.open('a')];
    expect(first.take(30)).toBe(true);
    expect(second.take(30)).toBe(false);
    first.letGo();
    expect(second.take(30)).toBe(true);
  });

  it('is given back by the last who uses it, once, and nothing is taken after', () => {
    const budget = new BodyBudget(100);
    const hold = budget.open('a');
    hold.take(10);
    hold.use();
    hold.letGo();
    expect(budget.heldBytes).toBe(10);
    hold.letGo();
    expect(budget.heldBytes).toBe(0);
    expect(hold.take(1)).toBe(false);
  });

  it('always leaves room for a newcomer, whatever the others take (I-98)', () => {
    const takes = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 400 })));
    fc.assert(
      fc.property(takes, (asked) => {
        const budget = new BodyBudget(1_000);
        for (const [vendor, bytes] of asked) budget.open(`v-${vendor}`).take(bytes);
        expect(budget.heldBytes).toBeLessThan(1_000);
        expect(budget.open('newcomer').take(Math.floor((1_000 - budget.heldBytes) / 2))).toBe(true);
      }),
    );
  });
});
