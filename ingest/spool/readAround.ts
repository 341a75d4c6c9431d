import { hasCode, readFully, type SpoolFile } from './spoolFs.ts';

/** What a disk refuses is looked for in such steps. */
const STEP_BYTES = 4096;

/**
 * As `readFully`; what the disk refuses twice (EIO) reads as zeros: no record that had bytes there
 * passes its checksum, and the others are found.
 * @param onUnreadable told of each place that was given up
 */
export async function readAround(
  file: SpoolFile,
  into: Buffer,
  position: number,
  onUnreadable: (start: number, endExclusive: number) => void = () => undefined,
): Promise<Buffer> {
  try {
    return await readFully(file, into, position);
  } catch (error) {
    if (!hasCode(error, 'EIO')) throw error;
  }
  const length = Math.max(0, Math.min(into.length, (await file.size()) - position));
  for (let at = 0; at < length; ) {
    const start = position + at;
    const piece = into.subarray(at, Math.min(length, at + STEP_BYTES - (start % STEP_BYTES)));
    try {
      await readFully(file, piece, start);
    } catch (error) {
      if (!hasCode(error, 'EIO')) throw error;
      piece.fill(0);
      onUnreadable(start, start + piece.length);
    }
    at += piece.length;
  }
  return into.subarray(0, length);
}
