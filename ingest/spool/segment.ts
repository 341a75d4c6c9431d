import { crc32c } from '@node-rs/crc32';
import { MARKER_BYTES, readUInt64, writeUInt64 } from './record.ts';

/**
 * The header of a segment file, little-endian: magic 8 · marker 8 · segment 4 · previous segment 4 ·
 * durable length of the previous segment 4 · 0 4 · next sequence 8 · zeros 20 · CRC32C before it 4.
 * Number and marker are in the file's name as well: records are found when the header is damaged.
 */
export const SEGMENT_HEADER_BYTES = 64;
const MAGIC = Buffer.from('FLOWSPL1', 'latin1');
const CRC_AT = 60;
const NAME = /^(\d{10})-([0-9a-f]{16})\.spool$/;
const SEGMENT_MAX = 0xffff_ffff;

export interface SegmentName {
  readonly number: number;
  readonly marker: Buffer;
}

/** What comes before the segment, proved on disk by the time it was made. 0: nothing. */
export interface PreviousSegment {
  readonly number: number;
  readonly end: number;
}

export interface SegmentHeader extends SegmentName {
  readonly previous: PreviousSegment;
  readonly nextSeq: number;
}

/** A range of bytes of a segment that holds no valid record. */
export interface Gap {
  readonly start: number;
  readonly endExclusive: number;
}

/** A segment file as the spool knows it. */
export interface Segment extends SegmentName {
  readonly path: string;
  /** Durable length: everything below is on disk, nothing above is read. */
  end: number;
  /** What the file may take on disk. */
  bytes: number;
  /** In order, below `end`. */
  gaps: Gap[];
  /** Gaps that could not be copied to quarantine yet: the file is kept until they are. */
  unsaved: Gap[];
}

export function segmentFileName({ number, marker }: SegmentName): string {
  return `${String(number).padStart(10, '0')}-${marker.toString('hex')}.spool`;
}

export function parseSegmentFileName(name: string): SegmentName | null {
  const [, digits, hex] = NAME.exec(name) ?? [];
  if (digits === undefined || hex === undefined) return null;
  const number = Number(digits);
  if (number === 0 || number > SEGMENT_MAX) return null;
  return { number, marker: Buffer.from(hex, 'hex') };
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  header.marker.copy(bytes, 8);
  bytes.writeUInt32LE(header.number, 16);
  bytes.writeUInt32LE(header.previous.number, 20);
  bytes.writeUInt32LE(header.previous.end, 24);
  writeUInt64(bytes, header.nextSeq, 32);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/** null where the header is not whole, or is another file's. */
export function decodeSegmentHeader(bytes: Buffer, name: SegmentName): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEADER_BYTES) return null;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  if (crc32c(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return null;
  const marker = bytes.subarray(8, 8 + MARKER_BYTES);
  const nextSeq = readUInt64(bytes, 32);
  if (!marker.equals(name.marker) || bytes.readUInt32LE(16) !== name.number) return null;
  if (!Number.isSafeInteger(nextSeq)) return null;
  const previous = { number: bytes.readUInt32LE(20), end: bytes.readUInt32LE(24) };
  return { ...name, previous, nextSeq };
}
