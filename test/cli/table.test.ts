import { describe, expect, it } from 'vitest';
import { printable, table, widthOf } from '../../cli/commands/shared/table.ts';

describe('a table on a terminal', () => {
  it('aligns Chinese, which takes two places, and numbers to the right', () => {
    const text = table([
      ['訂單 Order', 'n'],
      ['a', 5],
      ['企業', 12],
    ]);
    expect(text).toBe('訂單 Order   n\n──────────────\na            5\n企業        12\n');
  });

  it.each([
    ['', 0],
    ['abc', 3],
    ['達標 Met', 8],
    ['（）', 4],
    ['𠮷', 2],
    ['✓–·', 3],
  ])('%s takes %s places', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('shows control characters of others as a mark', () => {
    expect(printable('a\u001B[2Jb\r\n\u009Bc')).toBe('a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}\u{FFFD}c');
    expect(table([['h'], ['\u0007']])).not.toContain('\u0007');
  });
});
