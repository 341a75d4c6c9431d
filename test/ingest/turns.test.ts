import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from '../../ingest/turns.ts';

const LIMITS = { weightMax: 10, vendorWeightMax: 4, vendorWaitingMax: 100 };

/** Work that ends when it is told; notes the order in which it began. */
class Desk {
  readonly turns: Turns;
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  constructor(limits = LIMITS) {
    this.turns = new Turns(limits);
  }

  ask(name: string, weight = 1): Promise<void> {
    const vendorId = name.charAt(0);
    return this.turns.run(vendorId, weight, () => {
      this.begun.push(name);
      return new Promise((end) => this.#ends.set(name, end));
    });
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    this.#ends.delete(name);
    await settled();
  }

  /** Ends whatever is in work, oldest first, until nothing is. */
  async endAll(): Promise<void> {
    for (let [next] = this.#ends.keys(); next !== undefined; [next] = this.#ends.keys()) {
      await this.end(next);
    }
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the order of service', () => {
  it('is by vendors in turn, however many requests one of them has waiting (I-99)', async () => {
    const desk = new Desk({ ...LIMITS, weightMax: 1 });
    const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2', 'c2', 'a5'];
    const asked = names.map((name) => desk.ask(name));
    await settled();
    await desk.endAll();
    await Promise.all(asked);
    expect(desk.begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'c2', 'a4', 'a5']);
  });

  it('lets a modest vendor in at once, while a greedy one waits behind its own (I-99)', async () => {
    const desk = new Desk();
    const greedy = Array.from({ length: 50 }, (_, i) => desk.ask(`a${i}`));
    const modest = desk.ask('b');
    await settled();
    expect(desk.begun).toEqual(['a0', 'a1', 'a2', 'a3', 'b']);
    await desk.end('b');
    expect(desk.begun).toHaveLength(5);
    await desk.endAll();
    await Promise.all([...greedy, modest]);
    expect(desk.begun).toHaveLength(51);
  });

  it('is within one vendor that of asking', async () => {
    const desk = new Desk();
    const asked = Array.from({ length: 20 }, (_, i) => desk.ask(`a${i}`));
    await settled();
    await desk.endAll();
    await Promise.all(asked);
    expect(desk.begun).toEqual(Array.from({ length: 20 }, (_, i) => `a${i}`));
  });
});

describe('weights', () => {
  it('bound what is in work, over all and of one vendor (I-98)', async () => {
    const desk = new Desk();
    const asked = ['a1', 'b1', 'c1', 'a2', 'b2', 'c2'].map((name) => desk.ask(name, 2));
    await settled();
    expect(desk.begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2']);
    await desk.endAll();
    await Promise.all(asked);
  });

  it('beyond the bounds go alone, and are not overtaken for ever', async () => {
    const desk = new Desk();
    const asked = [desk.ask('a', 3), desk.ask('b', 99), desk.ask('c', 1)];
    await settled();
    expect(desk.begun).toEqual(['a']);
    await desk.end('a');
    expect(desk.begun).toEqual(['a', 'b']);
    await desk.end('b');
    expect(desk.begun).toEqual(['a', 'b', 'c']);
    await desk.endAll();
    await Promise.all(asked);
  });
});

describe('waiting', () => {
  it('is bounded by vendor: one more is told to come back, others are not (I-99)', async () => {
    const desk = new Desk({ weightMax: 1, vendorWeightMax: 1, vendorWaitingMax: 2 });
    const asked = ['a1', 'a2', 'a3'].map((name) => desk.ask(name));
    await expect(desk.ask('a4')).rejects.toMatchObject({
      code: 'ingest_unavailable',
      retryAfterS: 1,
    });
    asked.push(desk.ask('b1'));
    await settled();
    await desk.endAll();
    await Promise.all(asked);
    expect(desk.begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('ends also where work before it failed', async () => {
    const turns = new Turns({ weightMax: 1, vendorWeightMax: 1, vendorWaitingMax: 9 });
    const failing = turns.run('a', 1, () => Promise.reject(new Error('no')));
    const next = turns.run('a', 1, async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });

  it('ends for everybody, whatever is asked and in whatever order it ends (I-98)', async () => {
    const asked = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 12 })),
    );
    await fc.assert(
      fc.asyncProperty(asked, fc.scheduler(), async (requests, scheduler) => {
        const turns = new Turns(LIMITS);
        const inWork = new Map<string, number[]>();
        const all = requests.map(([vendorId, weight]) =>
          turns.run(vendorId, weight, async () => {
            const own = inWork.get(vendorId) ?? [];
            inWork.set(vendorId, [...own, weight]);
            const weights = [...inWork.values()].flat();
            expect(weights.length === 1 || sum(weights) <= LIMITS.weightMax).toBe(true);
            expect(own.length === 0 || sum([...own, weight]) <= 4).toBe(true);
            await scheduler.schedule(Promise.resolve());
            const left = [...(inWork.get(vendorId) ?? [])];
            left.splice(left.indexOf(weight), 1);
            inWork.set(vendorId, left);
          }),
        );
        await scheduler.waitFor(Promise.all(all));
      }),
    );
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
