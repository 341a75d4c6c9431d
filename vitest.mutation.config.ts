import { defineConfig } from 'vitest/config';

/** The tests of the pure rules alone: mutants of core are killed by them, or live. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/programmes/newProgramme.test.ts'],
    testTimeout: 60_000,
    expect: { requireAssertions: true },
  },
});
