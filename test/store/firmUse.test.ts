import { describe, expect, it } from 'vitest';
import { type FirmUse, usesBetween } from '../../core/firmUse.ts';
import type { FirmOfSolution } from '../../core/orderedFirms.ts';
import { readFirmUse } from '../../store/firmUse.ts';
import { useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const START = at('2023-04-15');
const HOUR_MS = 3_600_000;
/** Of firms asked, and of one between them that is not. */
const SIZES = [
  ['方案', '00000001', 3],
  ['方案', '10000002', 1],
  ['pages-a', '10000001', 2],
  ['pages-a', '10000002', 9],
  ['pages-a', '99999999', 1],
  ['pages-b', '10000001', 4],
  ['pages-b', '10000003', 1],
] as const;
const NOT_ASKED = 'pages-b 10000001';

function stored() {
  return SIZES.flatMap(([solutionId, smeId, count]) =>
    Array.from({ length: count }, (_, i) =>
      storedEvent({ solutionId, smeId, occurredAtMs: START + i * HOUR_MS, actor: 2n ** 64n - 1n }),
    ),
  );
}

async function read(db: typeof test.db, firms: readonly FirmOfSolution[], pageRowsMax: number) {
  const found: [string, FirmUse][] = [];
  const question = {
    firms,
    startMs: START,
    endExclusiveMs: START + 100 * HOUR_MS,
    actions: ['print'],
    pageRowsMax,
  };
  for await (const page of readFirmUse(db, question)) {
    for (const { firm, use } of page) {
      const { solutionId = '', smeId = '' } = firms[firm] ?? {};
      found.push([`${solutionId} ${smeId}`, use]);
    }
  }
  return found;
}

const ASKED: readonly FirmOfSolution[] = [
  ...SIZES.map(([solutionId, smeId]) => ({ solutionId, smeId })).filter(
    ({ solutionId, smeId }) => `${solutionId} ${smeId}` !== NOT_ASKED,
  ),
  { solutionId: 'pages-c', smeId: '10000001' },
];

describe('the use of firms', () => {
  it.each([1, 2, 3, 4, 5, 9, 10, 100])(
    'is read whole, each firm once, in pages of %d rows of the log (I-145)',
    async (rows) => {
      if (rows === 1) await insertEvents(test.db, stored());
      for (const firms of [ASKED, [...ASKED].reverse()]) {
        const found = await read(test.db, firms, rows);
        const sizes = found.map(([firm, use]) => `${firm} ${use.atMs.length}`).sort();
        const want = SIZES.map(([solutionId, smeId, count]) => `${solutionId} ${smeId} ${count}`);
        expect(sizes).toEqual(want.filter((line) => !line.startsWith(NOT_ASKED)).sort());
        for (const [, use] of found) {
          expect([...use.atMs]).toEqual([...use.atMs].map((_, i) => START + i * HOUR_MS));
          expect(use.actors[0]).toBe(2 ** 32 - 1);
        }
      }
    },
  );

  it('is read by pages of the usual size, whatever firms that nobody asked for lie between', async () => {
    const sizes = [
      ['beside-a', '10000001', 5_000],
      ['beside-a', '10000002', 3],
      ['beside-a', '10000003', 5_000],
      ['beside-b', '10000001', 2],
      ['beside-b', '10000002', 5_000],
      ['beside-b', '10000003', 4],
    ] as const;
    await insertEvents(
      test.db,
      sizes.flatMap(([solutionId, smeId, count]) =>
        Array.from({ length: count }, (_, i) =>
          storedEvent({ solutionId, smeId, occurredAtMs: START + i * 1_000 }),
        ),
      ),
    );
    const asked = sizes.filter(([, , count]) => count < 10);
    const limits: number[] = [];
    const db = withFaults(test.db, (statement) => {
      const [, rows] = /LIMIT (\d+)/.exec(statement) ?? [];
      if (rows !== undefined) limits.push(Number(rows));
      return null;
    });
    const firms = asked.map(([solutionId, smeId]) => ({ solutionId, smeId }));
    const found = await read(db, firms, 10);
    expect(found.map(([firm, use]) => `${firm} ${use.atMs.length}`)).toEqual(
      asked.map((line) => line.join(' ')),
    );
    expect(limits).toEqual([10, 10]);
  });

  it('holds the names that were asked and those of its page, whatever came before', async () => {
    const solutionId = 'named';
    const firms = ['10000001', '10000002', '10000003'].map((smeId) => ({ solutionId, smeId }));
    const namesOf = (smeId: string) => Array.from({ length: 4 }, (_, i) => `${smeId} ${i}`);
    await insertEvents(
      test.db,
      firms.flatMap(({ smeId }) =>
        ['print', ...namesOf(smeId)].map((action, i) =>
          storedEvent({ solutionId, smeId, action, occurredAtMs: START + i * HOUR_MS }),
        ),
      ),
    );
    const found = await read(test.db, firms, 6);
    expect(found).toHaveLength(3);
    for (const [, use] of found) {
      const actions = [...use.actions].map((place) => use.names[place - 1]);
      expect(actions).toEqual(['print', ...namesOf(use.smeId)]);
      expect(use.names[0]).toBe('print');
      // The page has a row of the firm behind it too.
      expect(use.names.length).toBeLessThanOrEqual(6);
      const kept = usesBetween(use, START + HOUR_MS, START + 3 * HOUR_MS);
      expect(kept.names).toEqual(namesOf(use.smeId).slice(0, 2));
      expect([...kept.actions]).toEqual([1, 2]);
    }
  });

  it('is never cut short by a page that fails', async () => {
    for (let pages = 0; pages < 3; pages += 1) {
      for (const fault of ['refused', 'lost'] as const) {
        let left = pages;
        const later = withFaults(test.db, (statement) => {
          if (!statement.includes('events_v1')) return null;
          left -= 1;
          return left === -1 ? fault : null;
        });
        await expect(read(later, ASKED, 3)).rejects.toMatchObject({ code: 'store_unavailable' });
      }
    }
  });
});
