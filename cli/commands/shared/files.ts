import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** A file read in pieces, inflated on the way where it is gzipped. */
export interface OpenFile {
  readonly chunks: AsyncIterable<Buffer>;
  /** As on disk. */
  readonly sizeBytes: number;
  /** Of `sizeBytes`. */
  readBytes(): number;
}

/** Throws where there is no such file; a broken one throws on the way. */
export async function openFile(path: string, gzipped: boolean): Promise<OpenFile> {
  const { size } = await stat(path);
  const source = createReadStream(path);
  return {
    chunks: gzipped ? inflated(source) : source,
    sizeBytes: size,
    readBytes: () => source.bytesRead,
  };
}

function inflated(source: ReadStream): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}
