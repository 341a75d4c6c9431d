import { SPOOL_PAYLOAD_BYTES_MAX } from '../../core/limits.ts';
import { decodeHeader, MARKER_BYTES, payloadHolds, RECORD_HEADER_BYTES } from './record.ts';
import type { Gap, SegmentName } from './segment.ts';
import type { Window } from './window.ts';

/** How much searching for the next record reads at once. */
const SEARCH_BYTES = 256 * 1024;

export interface ScanRange {
  readonly from: number;
  readonly endExclusive: number;
  /** Records with a lower first sequence are leftovers of something else. */
  readonly seqAtLeast: number;
}

export interface Scan {
  /** Between or before valid records, in order. */
  readonly gaps: Gap[];
  /** The end of the last valid record; where there is none, the start of the range. */
  readonly end: number;
  readonly nextSeq: number;
  readonly records: number;
  /** Where the last valid record with a payload starts; null where there is none. */
  readonly lastData: number | null;
  /** What headers found in the range prove to have been on disk. */
  readonly proven: number;
}

/** Finds every valid record of the range, whatever lies between; ends for any content. */
export async function scanRecords(
  window: Window,
  name: SegmentName,
  range: ScanRange,
): Promise<Scan> {
  const scanner = new Scanner(window, name, range);
  const gaps: Gap[] = [];
  let at = range.from;
  let end = range.from;
  while (at < range.endExclusive) {
    const next = await scanner.recordAt(at);
    if (next !== null) {
      at = end = next;
      continue;
    }
    const found = await scanner.findAfter(at);
    if (found === null) break;
    gaps.push({ start: at, endExclusive: found });
    at = found;
  }
  const { nextSeq, records, lastData, proven } = scanner;
  return { gaps, end, nextSeq, records, lastData, proven: Math.min(proven, range.endExclusive) };
}

class Scanner {
  nextSeq: number;
  records = 0;
  lastData: number | null = null;
  proven = 0;
  readonly #window: Window;
  readonly #name: SegmentName;
  readonly #endExclusive: number;

  constructor(window: Window, name: SegmentName, range: ScanRange) {
    this.#window = window;
    this.#name = name;
    this.#endExclusive = range.endExclusive;
    this.nextSeq = range.seqAtLeast;
  }

  /** Takes the valid record that starts there and gives its end; null where none does. */
  async recordAt(offset: number): Promise<number | null> {
    if (offset + RECORD_HEADER_BYTES > this.#endExclusive) return null;
    const bytes = await this.#window.at(offset, RECORD_HEADER_BYTES);
    const { marker, number: segment } = this.#name;
    const header = decodeHeader(bytes, { marker, segment, offset });
    if (header === null) return null;
    const end = offset + RECORD_HEADER_BYTES + header.payloadLength;
    if (header.kind === 'void') return end > this.#endExclusive ? null : end;
    if (header.firstSeq < this.nextSeq) return null;
    this.proven = Math.max(this.proven, header.durableBefore);
    if (end > this.#endExclusive || header.payloadLength > SPOOL_PAYLOAD_BYTES_MAX) return null;
    const payload = await this.#window.at(offset + RECORD_HEADER_BYTES, header.payloadLength);
    if (!payloadHolds(header, payload)) return null;
    this.nextSeq = header.firstSeq + header.rows;
    if (header.kind === 'data') {
      this.records += 1;
      this.lastData = offset;
    }
    return end;
  }

  /** The start of the next valid record behind the offset. */
  async findAfter(offset: number): Promise<number | null> {
    let at = offset + 1;
    while (at + RECORD_HEADER_BYTES <= this.#endExclusive) {
      const bytes = await this.#window.at(at, Math.min(SEARCH_BYTES, this.#endExclusive - at));
      const found = bytes.indexOf(this.#name.marker);
      if (found === -1) {
        at += bytes.length - (MARKER_BYTES - 1);
      } else if (await this.#validAt(at + found)) {
        return at + found;
      } else {
        at += found + 1;
      }
    }
    return null;
  }

  async #validAt(offset: number): Promise<boolean> {
    const { nextSeq, records, lastData } = this;
    const valid = (await this.recordAt(offset)) !== null;
    this.nextSeq = nextSeq;
    this.records = records;
    this.lastData = lastData;
    return valid;
  }
}
