import { crc32c } from '@node-rs/crc32';
import type { SpoolReceipt } from './position.ts';

/**
 * A record on disk, little-endian:
 * marker of the segment 8 · kind 4 · payload length 4 · first sequence 8 · rows 4 · segment 4 ·
 * offset of the record 4 · durable length before it 4 · CRC32C of the payload 4 · CRC32C of the
 * header before this field 4 · payload.
 * Segment and offset make a record valid in its own place alone; the marker, random for each
 * segment, keeps payloads from posing as records.
 */
export const RECORD_HEADER_BYTES = 48;
export const MARKER_BYTES = 8;

/**
 * `mark`, without rows or payload, proves that all before it was on disk; `void` covers what was
 * half written when the power went, its payload is anything. Neither is handed out.
 */
const KINDS = { data: 1, mark: 2, void: 3 } as const;
type RecordKind = keyof typeof KINDS;
const EMPTY = { payloadLength: 0, firstSeq: 0, rows: 0, durableBefore: 0, payloadCrc: 0 };
const CRC_AT = 44;
const SEQ_MAX = Number.MAX_SAFE_INTEGER;

export interface RecordHeader {
  readonly kind: RecordKind;
  readonly payloadLength: number;
  readonly firstSeq: number;
  readonly rows: number;
  /** Bytes of the segment that were on disk before the group of this record was written. */
  readonly durableBefore: number;
  readonly payloadCrc: number;
}

/** Where a record stands: what its header must agree with. */
export interface RecordPlace {
  readonly marker: Buffer;
  readonly segment: number;
  readonly offset: number;
}

export interface PendingRecord {
  readonly payload: Uint8Array;
  /** Of its first row; numbers grow from record to record. */
  readonly firstSeq: number;
  readonly rows: number;
}

export interface EncodedGroup {
  readonly bytes: Buffer;
  readonly receipts: readonly SpoolReceipt[];
}

export function recordBytes(payload: Uint8Array): number {
  return RECORD_HEADER_BYTES + payload.length;
}

/** The records of one write; `place.offset` is the durable length of the segment. */
export function encodeGroup(group: readonly PendingRecord[], place: RecordPlace): EncodedGroup {
  const total = group.reduce((sum, { payload }) => sum + recordBytes(payload), 0);
  const bytes = Buffer.allocUnsafe(total);
  const receipts: SpoolReceipt[] = [];
  const { segment } = place;
  let at = 0;
  for (const { payload, firstSeq, rows } of group) {
    const offset = place.offset + at;
    const end = offset + recordBytes(payload);
    bytes.set(payload, at + RECORD_HEADER_BYTES);
    putHeader(
      bytes.subarray(at, at + RECORD_HEADER_BYTES),
      { ...place, offset },
      {
        kind: 'data',
        payloadLength: payload.length,
        firstSeq,
        rows,
        durableBefore: place.offset,
        payloadCrc: crc32c(payload),
      },
    );
    receipts.push({
      firstSeq,
      rows,
      start: { segment, offset },
      end: { segment, offset: end },
    });
    at += recordBytes(payload);
  }
  return { bytes, receipts };
}

export function encodeMark(place: RecordPlace, nextSeq: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  const { offset: durableBefore } = place;
  putHeader(bytes, place, { ...EMPTY, kind: 'mark', firstSeq: nextSeq, durableBefore });
  return bytes;
}

/** The header that makes a range of so many bytes, itself included, count for nothing. */
export function encodeVoid(place: RecordPlace, length: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  const payloadLength = length - RECORD_HEADER_BYTES;
  putHeader(bytes, place, { ...EMPTY, kind: 'void', payloadLength });
  return bytes;
}

/** The header that stands there; null where no header of this place does. */
export function decodeHeader(bytes: Buffer, place: RecordPlace): RecordHeader | null {
  if (bytes.length < RECORD_HEADER_BYTES) return null;
  if (bytes.compare(place.marker, 0, MARKER_BYTES, 0, MARKER_BYTES) !== 0) return null;
  if (crc32c(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return null;
  const kind = kindOf(bytes.readUInt32LE(8));
  const firstSeq = readUInt64(bytes, 16);
  const rows = bytes.readUInt32LE(24);
  const durableBefore = bytes.readUInt32LE(36);
  const agrees =
    firstSeq + rows <= SEQ_MAX &&
    bytes.readUInt32LE(28) === place.segment &&
    bytes.readUInt32LE(32) === place.offset &&
    durableBefore <= place.offset;
  if (kind === null || !agrees) return null;
  return {
    kind,
    payloadLength: bytes.readUInt32LE(12),
    firstSeq,
    rows,
    durableBefore,
    payloadCrc: bytes.readUInt32LE(40),
  };
}

export function payloadHolds(header: RecordHeader, payload: Buffer): boolean {
  return payload.length === header.payloadLength && crc32c(payload) === header.payloadCrc;
}

function kindOf(code: number): RecordKind | null {
  if (code === KINDS.data) return 'data';
  if (code === KINDS.mark) return 'mark';
  return code === KINDS.void ? 'void' : null;
}

function putHeader(into: Buffer, place: RecordPlace, header: RecordHeader): void {
  into.set(place.marker.subarray(0, MARKER_BYTES), 0);
  into.writeUInt32LE(KINDS[header.kind], 8);
  into.writeUInt32LE(header.payloadLength, 12);
  writeUInt64(into, header.firstSeq, 16);
  into.writeUInt32LE(header.rows, 24);
  into.writeUInt32LE(place.segment, 28);
  into.writeUInt32LE(place.offset, 32);
  into.writeUInt32LE(header.durableBefore, 36);
  into.writeUInt32LE(header.payloadCrc, 40);
  into.writeUInt32LE(crc32c(into.subarray(0, CRC_AT)), CRC_AT);
}

export function readUInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

export function writeUInt64(into: Buffer, value: number, at: number): void {
  into.writeUInt32LE(value % 2 ** 32, at);
  into.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}
