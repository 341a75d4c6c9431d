import { describe, expect, it } from 'vitest';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import type { Migration } from '../../store/migrations/types.ts';
import { rowsOf, useDatabase } from '../helpers/database.ts';

const test = useDatabase({ migrated: false });

function next(...statements: string[]): Migration[] {
  return [...MIGRATIONS, { number: MIGRATIONS.length + 1, name: 'next', statements }];
}

async function recorded(): Promise<number[]> {
  const sql = 'SELECT number FROM schema_migrations_v1 ORDER BY number';
  return (await rowsOf<{ number: number }>(test.db, sql)).map((row) => row.number);
}

describe('the schema', () => {
  it('is numbered 1, 2, 3 … without a gap', () => {
    expect(MIGRATIONS.map((m) => m.number)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  it('is made from nothing, and stands over a restart', async () => {
    expect(await migrate(test.db, MIGRATIONS, 0)).toEqual({ applied: MIGRATIONS.length });
    await test.reopen();
    expect(await recorded()).toEqual(MIGRATIONS.map((m) => m.number));
  });

  it('is left as it is the second time', async () => {
    expect(await migrate(test.db, MIGRATIONS, 0)).toEqual({ applied: 0 });
    expect(await recorded()).toHaveLength(MIGRATIONS.length);
  });

  it('is refused where a released migration was edited, down to a space (I-05)', async () => {
    const [first, ...rest] = MIGRATIONS;
    if (first === undefined) throw new Error('no migration');
    const [statement = '', ...others] = first.statements;
    const edited = { ...first, statements: [`${statement} `, ...others] };
    await expect(migrate(test.db, [edited, ...rest], 0)).rejects.toMatchObject({
      code: 'store_unavailable',
      internal: expect.stringContaining('edited'),
    });
  });

  it('rejects on a failing statement, and does not take the step as done', async () => {
    const broken = next(
      'CREATE TABLE half_v1 (a UInt8) ENGINE = MergeTree ORDER BY a',
      'NO SUCH SQL',
    );
    await expect(migrate(test.db, broken, 0)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await recorded()).toEqual(MIGRATIONS.map((m) => m.number));
  });

  it('goes on where a crash left a step half done (I-05)', async () => {
    const mended = next(
      'CREATE TABLE IF NOT EXISTS half_v1 (a UInt8) ENGINE = MergeTree ORDER BY a',
    );
    expect(await migrate(test.db, mended, 0)).toEqual({ applied: 1 });
    expect(await recorded()).toHaveLength(MIGRATIONS.length + 1);
  });

  it('is refused by a program older than the data (I-05)', async () => {
    await expect(migrate(test.db, MIGRATIONS, 0)).rejects.toMatchObject({
      internal: expect.stringContaining('newer than this program'),
    });
    await expect(migrate(test.db, [], 0)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
