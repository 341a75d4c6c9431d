import { initial } from './0001-initial.ts';
import type { Migration } from './types.ts';

/** Every migration, in order; numbers are 1, 2, 3 … without a gap. */
export const MIGRATIONS: readonly Migration[] = [initial];
