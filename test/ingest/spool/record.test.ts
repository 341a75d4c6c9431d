import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeader,
  encodeGroup,
  encodeMark,
  encodeVoid,
  payloadHolds,
  RECORD_HEADER_BYTES,
} from '../../../ingest/spool/record.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  parseSegmentFileName,
  segmentFileName,
} from '../../../ingest/spool/segment.ts';

const marker = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes));
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const place = fc.record({
  marker,
  segment: fc.integer({ min: 1, max: 0xffff_ffff }),
  offset: fc.integer({ min: 0, max: 2 ** 31 }),
});
const group = fc.array(
  fc.record({ payload: fc.uint8Array({ maxLength: 200 }), rows: fc.nat(100_000) }),
  { minLength: 1, maxLength: 8 },
);
const seq = fc.integer({ min: 0, max: 2 ** 52 });

/** One after the other, the first with that number. */
function numbered<R extends { readonly rows: number }>(records: readonly R[], firstSeq: number) {
  let nextSeq = firstSeq;
  return records.map((record) => {
    const own = { ...record, firstSeq: nextSeq };
    nextSeq += record.rows;
    return own;
  });
}

describe('a record', () => {
  it('comes back as it was written, at every place and sequence', () => {
    fc.assert(
      fc.property(group, place, seq, (records, at, firstSeq) => {
        const { bytes, receipts } = encodeGroup(numbered(records, firstSeq), at);
        let expectedSeq = firstSeq;
        for (const [i, receipt] of receipts.entries()) {
          const { offset } = receipt.start;
          const from = offset - at.offset;
          const header = decodeHeader(bytes.subarray(from, from + RECORD_HEADER_BYTES), {
            ...at,
            offset,
          });
          const payload = bytes.subarray(
            from + RECORD_HEADER_BYTES,
            receipt.end.offset - at.offset,
          );
          const sent = records[i];
          expect(header).toMatchObject({
            kind: 'data',
            firstSeq: expectedSeq,
            rows: sent?.rows,
            durableBefore: at.offset,
          });
          expect(header !== null && payloadHolds(header, payload)).toBe(true);
          expect(payload.equals(Buffer.from(sent?.payload ?? []))).toBe(true);
          expectedSeq += sent?.rows ?? 0;
        }
        expect(receipts).toHaveLength(records.length);
      }),
    );
  });

  it('with any one bit changed is no record', () => {
    const one = fc.record({ payload: fc.uint8Array({ maxLength: 60 }), rows: fc.nat(9) });
    fc.assert(
      fc.property(one, place, seq, fc.nat(), (record, at, firstSeq, anywhere) => {
        const { bytes } = encodeGroup([{ ...record, firstSeq }], at);
        const bit = anywhere % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const header = decodeHeader(bytes.subarray(0, RECORD_HEADER_BYTES), at);
        const valid = header !== null && payloadHolds(header, bytes.subarray(RECORD_HEADER_BYTES));
        expect(valid).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is none at another place, in another segment, under another marker', () => {
    const elsewhere = fc.constantFrom('offset', 'segment', 'marker');
    fc.assert(
      fc.property(group, place, seq, elsewhere, (records, at, firstSeq, what) => {
        const { bytes } = encodeGroup(numbered(records, firstSeq), at);
        const other = Buffer.from(at.marker.map((byte) => byte ^ 1));
        const moved = {
          marker: what === 'marker' ? other : at.marker,
          segment: at.segment + (what === 'segment' ? 1 : 0),
          offset: at.offset + (what === 'offset' ? 1 : 0),
        };
        expect(decodeHeader(bytes.subarray(0, RECORD_HEADER_BYTES), moved)).toBeNull();
      }),
    );
  });

  it('may be a mark or a void, which say so', () => {
    fc.assert(
      fc.property(place, seq, fc.integer({ min: 48, max: 5_000 }), (at, nextSeq, length) => {
        expect(decodeHeader(encodeMark(at, nextSeq), at)).toMatchObject({
          kind: 'mark',
          payloadLength: 0,
          durableBefore: at.offset,
        });
        expect(decodeHeader(encodeVoid(at, length), at)).toMatchObject({
          kind: 'void',
          payloadLength: length - RECORD_HEADER_BYTES,
          durableBefore: 0,
        });
      }),
    );
  });

  it('is not seen in any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), place, (bytes, at) => {
        expect(decodeHeader(Buffer.from(bytes), at)).toBeNull();
      }),
    );
  });
});

describe('a segment', () => {
  const header = fc.record({
    number: fc.integer({ min: 1, max: 0xffff_ffff }),
    marker,
    previous: fc.record({ number: uint32, end: uint32 }),
    nextSeq: seq,
  });

  it('keeps its header and its name', () => {
    fc.assert(
      fc.property(header, (given) => {
        expect(parseSegmentFileName(segmentFileName(given))).toEqual({
          number: given.number,
          marker: given.marker,
        });
        expect(decodeSegmentHeader(encodeSegmentHeader(given), given)).toEqual(given);
      }),
    );
  });

  it('has no header with any one bit changed, or of another file', () => {
    fc.assert(
      fc.property(header, fc.nat(64 * 8 - 1), (given, bit) => {
        const bytes = encodeSegmentHeader(given);
        expect(decodeSegmentHeader(bytes, { ...given, number: given.number - 1 })).toBeNull();
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decodeSegmentHeader(bytes, given)).toBeNull();
      }),
    );
  });

  it.each(['0000000000-0011223344556677.spool', 'cursor', '1-00.spool', '', 'lock.1'])(
    'is not the file %j',
    (name) => {
      expect(parseSegmentFileName(name)).toBeNull();
    },
  );
});
