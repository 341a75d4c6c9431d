import { defineConfig } from 'vitest/config';

/** What starts no engine and no server, and keeps nothing: its files share two processes. */
const RULES = ['test/core/**/*.test.ts'];
const PURE = [
  'test/{docs,spec}.test.ts',
  'test/api/{accept,bodyBudget,drawn,otlpAnswers}.test.ts',
  'test/cli/{batches,causes,progress,table}.test.ts',
  'test/faults/report.test.ts',
  'test/ingest/{accept,byteCache,cloudEvents,decode,hostileBodies,idFilter,identity,inflate,jsonTestSuite,otlp,plainRows,pseudonyms,quota,receivedTimes,rowTails,rows,slices,spoolBatch,turns}*.test.ts',
  'test/ingest/spool/{badSector,cursor,damage,diskFaults,record,recovery,spool}.test.ts',
  'test/render/{dates,glyphs,spreadsheet,text}.test.ts',
  'test/store/{firmPages,installRedis,text}.test.ts',
  'test/verify/closingJobs.test.ts',
];

export default defineConfig({
  test: {
    // One more than cores: a tenth of the time is spent waiting, for locks, clocks and disks.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that asserts nothing proves nothing.
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: { name: 'rules', include: RULES, pool: 'forks', isolate: false },
      },
      {
        extends: true,
        test: { name: 'pure', include: PURE, pool: 'forks', isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...RULES, ...PURE],
          // A process for each file: the embedded engine lives once in a process, and a crash stays
          // where it happened.
          pool: 'forks',
          isolate: true,
        },
      },
    ],
  },
});
