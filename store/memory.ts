import { HISTORY_HELD_BYTES_MAX, HISTORY_SPILL_BYTES } from '../core/limits.ts';

/** What a question over a vendor's whole history may hold; one that needs more is refused. */
export interface Memory {
  readonly heldBytesMax: number;
  /** What a sort or a grouping holds before it goes on on disk. */
  readonly spillBytes: number;
}

export const MEMORY: Memory = {
  heldBytesMax: HISTORY_HELD_BYTES_MAX,
  spillBytes: HISTORY_SPILL_BYTES,
};

/** Stands behind SETTINGS. */
export function settingsOf({ heldBytesMax, spillBytes }: Memory): string {
  return `max_memory_usage = ${heldBytesMax}, max_bytes_before_external_sort = ${spillBytes},
    max_bytes_before_external_group_by = ${spillBytes}, min_external_sort_block_bytes = ${spillBytes},
    max_bytes_before_remerge_sort = ${spillBytes}, prefer_external_sort_block_bytes = 1000000`;
}
