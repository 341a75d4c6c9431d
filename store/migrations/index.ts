import { initial } from './0001-initial.ts';
import { reviews } from './0002-reviews.ts';
import { ranges } from './0003-ranges.ts';
import { warningDeliveries } from './0004-warning-deliveries.ts';
import type { Migration } from './types.ts';

/** Every migration, in order; numbers are 1, 2, 3 … without a gap. */
export const MIGRATIONS: readonly Migration[] = [initial, reviews, ranges, warningDeliveries];
