import { defineConfig } from 'vitest/config';

/** What starts nothing and keeps nothing: its files share a process, which saves starting one each. */
const PURE = [
  'test/core/**/*.test.ts',
  'test/ingest/{accept,byteCache,cloudEvents,decode,identity,inflate,jsonTestSuite,otlp,plainRows,quota,rowTails,rows,spoolBatch}*.test.ts',
  'test/ingest/spool/{cursor,damage,diskFaults,record,recovery,spool}.test.ts',
];

export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that asserts nothing proves nothing.
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: PURE, pool: 'forks', isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: PURE,
          // A process for each file: the embedded engine lives once in a process, and a crash stays
          // where it happened.
          pool: 'forks',
          isolate: true,
        },
      },
    ],
  },
});
