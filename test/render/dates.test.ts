import { describe, expect, it } from 'vitest';
import { civilDate } from '../../core/time.ts';
import { lastDay } from '../../render/dates.ts';
import { asOfWords } from '../../render/header.ts';

describe('dates on the record', () => {
  it.each([
    ['2024-01-01', '2023-12-31'],
    ['2024-03-01', '2024-02-29'],
    ['2023-04-15', '2023-04-14'],
  ])('a contract that ends before %s names %s as its last day', (endExclusive, last) => {
    expect(lastDay({ endExclusive: civilDate(endExclusive) })).toBe(last);
  });

  it.each([
    ['2026-08-24T00:00:00.000+08:00', '2026-08-24 00:00（民國115年8月24日）'],
    ['2026-01-01T00:00:01.000+08:00', '2026-01-01 00:00:01（民國115年1月1日）'],
    ['2025-12-31T23:59:59.999+08:00', '2025-12-31 23:59:59.999（民國114年12月31日）'],
  ])('asOf %s is shown to its last known part', (asOf, words) => {
    expect(asOfWords(asOf)).toBe(words);
  });
});
