import { civilDate } from '../time.ts';
import type { Programme } from './types.ts';

/**
 * 數位共好 112 年 [002]: a case is paid as a lump sum by checkpoint, so its orders carry no points
 * and nothing is claimed per order.
 */
export const coprosperity2023: Programme = {
  id: 'coprosperity-2023',
  rulesVersion: 'coprosperity-2023/1',
  graceDays: 7,
  period: {
    start: null,
    endInclusive: civilDate('2023-11-30'),
    ordersUntil: null,
    source: '002 捌 二',
  },
  contractLength: { min: 1, max: null, source: '002' },
  points: null,
  overlap: 'admitted',
  instalments: [],
  floor: null,
  vendorCeilingPerYearTwd: null,
  claim: null,
};
