import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Slices } from '../../ingest/slices.ts';

describe('slices', () => {
  it('run one a turn of the event loop, however many wait, in the order asked', async () => {
    const slices = new Slices();
    const ran: number[] = [];
    for (let i = 0; i < 5; i += 1) void slices.next().then(() => ran.push(i));
    expect(ran).toEqual([]);
    for (let turns = 1; turns <= 5; turns += 1) {
      await nextTurn();
      expect(ran).toEqual(Array.from({ length: turns }, (_, i) => i));
    }
  });

  it('asked for while others wait come behind them: long work does not keep its place', async () => {
    const slices = new Slices();
    const ran: string[] = [];
    const work = async (name: string) => {
      for (let slice = 1; slice <= 3; slice += 1) {
        await slices.next();
        ran.push(`${name}${slice}`);
      }
    };
    await Promise.all([work('a'), work('b')]);
    expect(ran).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });
});
