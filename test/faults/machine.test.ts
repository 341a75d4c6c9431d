import { describe, expect, it } from 'vitest';
import { clock } from './clock.ts';
import { diskFull } from './diskFull.ts';
import { eio } from './eio.ts';
import { shortly } from './shortly.ts';
import { storeAway } from './storeAway.ts';

/** Short runs of the fault tests; `npm run faults` has the long ones. */
const HELD = { lost: 0, double: 0, problems: [] };

describe('a disk', () => {
  it('that is full, to the reserve and to the last byte, has events refused with Retry-After, those taken are stored meanwhile, and it goes on by itself (I-106)', async () => {
    const report = await diskFull.run(shortly);
    expect(report).toMatchObject(HELD);
    expect(report.figures['refusedRequests']).toBeGreaterThan(0);
  }, 300_000);

  it('whose sync or write fails under a running server has nothing written to that file any more, and nothing acknowledged lost (I-81)', async () => {
    const report = await eio.run(shortly);
    expect(report).toMatchObject(HELD);
    expect(report.injected).toBeGreaterThanOrEqual(2);
  }, 300_000);
});

describe('a store', () => {
  it('that is killed and stays away has every event acknowledged meanwhile, and has each once when it is back (I-78)', async () => {
    const report = await storeAway.run(shortly);
    expect(report).toMatchObject(HELD);
    expect(report.figures['acknowledgedDuring']).toBeGreaterThan(0);
  }, 300_000);
});

describe('a clock', () => {
  it('that is stepped forward and back, also over a restart, gives no batch a received time before that of an earlier one (I-105)', async () => {
    const report = await clock.run(shortly);
    expect(report).toMatchObject(HELD);
    expect(report.injected).toBeGreaterThan(5);
  }, 300_000);
});
