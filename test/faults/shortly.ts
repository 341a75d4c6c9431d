import type { FaultOptions } from './scenario.ts';

/** What the tests run of each scenario: seconds, where `npm run faults` takes minutes. */
export const shortly: FaultOptions = {
  scale: 0.02,
  minutes: 0.03,
  seed: 1,
  progress: (line) => {
    // What the machine forbids is said, whoever listens.
    if (line.startsWith('CANNOT')) console.error(line);
  },
};
