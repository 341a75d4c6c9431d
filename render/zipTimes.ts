/**
 * A ZIP archive whose entries all have the same time: writers stamp the moment of writing, and the
 * same content would have other bytes each second.
 */
export function withFixedTimes(archive: Uint8Array): Uint8Array {
  const bytes = archive.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(view);
  const entries = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < entries; i += 1) {
    expectSignature(view, at, DIRECTORY_ENTRY);
    const local = view.getUint32(at + 42, true);
    expectSignature(view, local, LOCAL_HEADER);
    stamp(view, at + 12);
    stamp(view, local + 10);
    const variable = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    at += DIRECTORY_ENTRY_BYTES + variable.reduce((sum, length) => sum + length, 0);
  }
  return bytes;
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_ENTRY_BYTES = 46;
const END_OF_DIRECTORY = 0x06054b50;
const END_OF_DIRECTORY_BYTES = 22;
/** 1980-01-01 00:00, the first that the format can say. */
const DOS_TIME = 0;
const DOS_DATE = (1 << 5) | 1;

function stamp(view: DataView, at: number): void {
  view.setUint16(at, DOS_TIME, true);
  view.setUint16(at + 2, DOS_DATE, true);
}

function endOfDirectory(view: DataView): number {
  for (let at = view.byteLength - END_OF_DIRECTORY_BYTES; at >= 0; at -= 1) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  throw new RangeError('no ZIP archive');
}

function expectSignature(view: DataView, at: number, signature: number): void {
  if (view.getUint32(at, true) !== signature) throw new RangeError('a broken ZIP archive');
}
