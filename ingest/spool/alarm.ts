import type { Gap } from './segment.ts';

/**
 * What became of the copy of a damaged range. `file_kept`: the disk refuses to read it, so the whole
 * file is there; `full`: the quarantine holds as much as it may.
 */
export type QuarantineOutcome = 'copied' | 'copied_before' | 'file_kept' | 'failed' | 'full';

/**
 * What a person should know.
 * - `damaged`: records that were on disk cannot be read any more; `torn`: the end of what was being
 *   written when the process or the power went, by all that is known never acknowledged.
 * - `segment_missing`: a file that held records is gone; `segment_unknown`: a file under a number
 *   that another file has, left alone.
 * - `write_failed`, `sync_failed`: a group was refused; `segment_abandoned`: nothing is acknowledged
 *   from that file any more, a new one is used; `create_failed`: no new file could be made;
 *   `cut_failed`: rubbish is left, never read; `remove_failed`: what is loaded could not be deleted.
 * - `cursor_damaged`: where loading stood is not known.
 */
export type SpoolAlarm =
  | (Gap & {
      readonly kind: 'damaged' | 'torn';
      readonly segment: number;
      readonly quarantine: QuarantineOutcome;
    })
  | { readonly kind: 'segment_missing' | 'segment_unknown'; readonly segment: number }
  | {
      readonly kind:
        | 'write_failed'
        | 'sync_failed'
        | 'cut_failed'
        | 'segment_abandoned'
        | 'create_failed'
        | 'remove_failed';
      readonly segment: number;
      readonly cause: unknown;
    }
  | { readonly kind: 'cursor_damaged' };

/** What happened since the spool was opened. */
export interface SpoolCounts {
  groups: number;
  records: number;
  failedGroups: number;
  damagedRanges: number;
  damagedBytes: number;
  tornRanges: number;
  tornBytes: number;
  missingSegments: number;
}

/** Counts and tells: a listener that throws never stops the spool. */
export class Alarms {
  readonly #onAlarm: (alarm: SpoolAlarm) => void;
  readonly counts: SpoolCounts = {
    groups: 0,
    records: 0,
    failedGroups: 0,
    damagedRanges: 0,
    damagedBytes: 0,
    tornRanges: 0,
    tornBytes: 0,
    missingSegments: 0,
  };

  constructor(onAlarm: (alarm: SpoolAlarm) => void) {
    this.#onAlarm = onAlarm;
  }

  raise(alarm: SpoolAlarm): void {
    if (alarm.kind === 'damaged') {
      this.counts.damagedRanges += 1;
      this.counts.damagedBytes += alarm.endExclusive - alarm.start;
    } else if (alarm.kind === 'torn') {
      this.counts.tornRanges += 1;
      this.counts.tornBytes += alarm.endExclusive - alarm.start;
    } else if (alarm.kind === 'segment_missing') {
      this.counts.missingSegments += 1;
    }
    try {
      this.#onAlarm(alarm);
    } catch {
      // The counts have it.
    }
  }
}
