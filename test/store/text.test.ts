import { describe, expect, it } from 'vitest';
import { cell, inlineRows, instantCell, literal, uncell } from '../../store/text.ts';

describe('a cell of TabSeparated', () => {
  it.each([
    [null, '\\N'],
    ['\\N', '\\\\N'],
    ['', ''],
    ['a\tb', 'a\\tb'],
    ['a\nb', 'a\\nb'],
    ['a\r\nb', 'a\\r\\nb'],
    ['a\\b', 'a\\\\b'],
    ['\\t', '\\\\t'],
    ["it's", "it's"],
    ['\b\f\0', '\\b\\f\\0'],
    ['資料 🧾', '資料 🧾'],
    [0, '0'],
    [-1, '-1'],
  ])('of %j is %j', (value, want) => {
    expect(cell(value)).toBe(want);
  });
});

describe('a 128-bit cell', () => {
  it('keeps every digit', () => {
    expect(cell(2n ** 128n - 1n)).toBe('340282366920938463463374607431768211455');
  });
});

describe('text inside SQL', () => {
  it.each([
    ["it's", "'it\\'s'"],
    ['a\\', "'a\\\\'"],
    ["\\'; DROP TABLE events_v1; --", "'\\\\\\'; DROP TABLE events_v1; --'"],
    ['a\nb\tc', "'a\nb\tc'"],
  ])('%j is written as %j', (value, want) => {
    expect(literal(value)).toBe(want);
  });

  it('carries rows escaped twice: as cells and as text', () => {
    expect(inlineRows('id String', [cell("a\\'\n")])).toBe(
      "format(TabSeparated, 'id String', 'a\\\\\\\\\\'\\\\n\n')",
    );
  });

  it.each([
    [0, '1970-01-01 00:00:00.000'],
    [999_999_999_999, '2001-09-09 01:46:39.999'],
    [1_000_000_000_000, '1000000000.000'],
    [Date.UTC(2023, 3, 15, 1, 30, 0, 7), '1681522200.007'],
    [9_999_999_999_999, '9999999999.999'],
    [10_000_000_000_000, '2286-11-20 17:46:40.000'],
  ])('instant %d is %s', (ms, want) => {
    expect(instantCell(ms)).toBe(want);
  });

  it.each(['', 'a', '\\', '\\N', 'a\tb\nc\r\0\b\f', '\\t', '資料 😀', "'"])(
    'a cell of %j comes back as it was',
    (text) => {
      expect(uncell(cell(text))).toBe(text);
    },
  );

  it('the cell of nothing comes back as null', () => {
    expect(uncell(cell(null))).toBeNull();
  });
});
