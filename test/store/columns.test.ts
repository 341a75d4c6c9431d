import { describe, expect, it } from 'vitest';
import { defineColumns } from '../../store/columns.ts';
import { useDatabase } from '../helpers/database.ts';

const test = useDatabase({ migrated: false });

const numbered = defineColumns({
  name: 'test.columns',
  columns: { n: 'UInt32', name: 'LowCardinality(String)', key: 'UInt64' },
  sql: (p: { rows: number; names: number }) => `SELECT CAST(number AS UInt32) AS n,
      toLowCardinality(concat('名', toString(number % ${p.names}))) AS name,
      bitShiftLeft(number, 32) + 7 AS key
    FROM numbers(${p.rows}) ORDER BY number`,
});

describe('columns of an answer', () => {
  it.each([
    [0, 1],
    [1, 1],
    [300, 255],
    [300, 256],
    [300, 300],
    [200_000, 3],
    [200_000, 70_000],
  ])('are the values of all rows: %d with %d names (I-150)', async (rows, names) => {
    const { n, name, key } = await numbered(test.db, { rows, names });
    const places = Array.from({ length: rows }, (_, i) => i);
    expect([...n]).toEqual(places);
    expect(key).toHaveLength(2 * rows);
    expect(places.every((i) => key[2 * i] === 7 && key[2 * i + 1] === i)).toBe(true);
    const texts = [...name.places].map((place) => name.names[place]);
    expect(texts).toEqual(places.map((i) => `名${i % names}`));
    expect(new Set(name.names).size).toBe(name.names.length);
  });

  it('of another type than declared fail the read', async () => {
    const other = defineColumns({
      name: 'test.other',
      columns: { n: 'LowCardinality(String)' },
      sql: () => 'SELECT toString(number) AS n FROM numbers(3)',
    });
    await expect(other(test.db, {})).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
