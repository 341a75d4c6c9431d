import { describe, expect, it } from 'vitest';
import { cut } from './cut.ts';
import { killLoop } from './killLoop.ts';
import { replay } from './replay.ts';
import { shortly } from './shortly.ts';

/** Short runs of the fault tests; `npm run faults` has the long ones. */
describe('a server process', () => {
  it('that is killed under load and while it starts has each acknowledged event once, and counts it once (I-01)', async () => {
    const report = await killLoop.run(shortly);
    expect(report).toMatchObject({ lost: 0, double: 0, problems: [] });
    expect(report.injected).toBeGreaterThanOrEqual(2);
    expect(report.acknowledged).toBeGreaterThan(0);
  }, 300_000);

  it('whose connections are cut before the answer counts what is sent again once, a batch sent 50 times too (I-104)', async () => {
    const report = await cut.run(shortly);
    expect(report).toMatchObject({ lost: 0, double: 0, problems: [] });
    expect(report.figures).toMatchObject({ sameBatchSent: 50 });
    expect(report.figures['storedWithoutAnswer']).toBeGreaterThan(0);
  }, 300_000);

  it('that loads its whole spool again, into a store that has it and into an empty one, counts each event once (I-79)', async () => {
    const report = await replay.run(shortly);
    expect(report).toMatchObject({ lost: 0, double: 0, problems: [] });
    expect(report.figures).toMatchObject({ intoAnEmptyStore: 1 });
  }, 300_000);
});
