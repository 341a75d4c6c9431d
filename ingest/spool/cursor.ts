import { crc32c } from '@node-rs/crc32';
import { Sequence } from '../../core/lock.ts';
import type { SpoolAlarm } from './alarm.ts';
import type { SpoolPosition } from './position.ts';
import { readAround } from './readAround.ts';
import { hasCode, quietly, type SpoolFs, writeFully } from './spoolFs.ts';

const LINE = /^(\d{1,10}) (\d{1,10}) ([0-9a-f]{8})\n$/;
const LINE_BYTES_MAX = 64;

/** How far the log was loaded, kept beside it. A position counts once `save` resolved. */
export class SpoolCursor {
  readonly #fs: SpoolFs;
  readonly #dir: string;
  readonly #saves = new Sequence();
  #position: SpoolPosition | null;

  private constructor(fs: SpoolFs, dir: string, position: SpoolPosition | null) {
    this.#fs = fs;
    this.#dir = dir;
    this.#position = position;
  }

  /**
   * A damaged file is told and taken for none: loading begins again at the first record. A file
   * that cannot be opened throws.
   */
  static async open(
    dir: string,
    fs: SpoolFs,
    onAlarm: (alarm: SpoolAlarm) => void,
  ): Promise<SpoolCursor> {
    await fs.mkdir(dir);
    const line = await readCursor(fs, `${dir}/cursor`);
    const position = line === null ? null : parse(line);
    if (line !== null && position === null) onAlarm({ kind: 'cursor_damaged' });
    return new SpoolCursor(fs, dir, position);
  }

  /** null: nothing was loaded, as far as is known. */
  get position(): SpoolPosition | null {
    return this.#position;
  }

  /** Durable when it resolves; when it rejects, either position may be there after a restart. */
  save(position: SpoolPosition): Promise<void> {
    return this.#saves.run(async () => {
      const path = `${this.#dir}/cursor`;
      await quietly(this.#fs.remove(`${path}.tmp`));
      const file = await this.#fs.open(`${path}.tmp`, 'create');
      try {
        await writeFully(file, Buffer.from(format(position)));
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#fs.rename(`${path}.tmp`, path);
      await this.#fs.syncDir(this.#dir);
      this.#position = position;
    });
  }
}

async function readCursor(fs: SpoolFs, path: string): Promise<string | null> {
  try {
    const file = await fs.open(path, 'read');
    try {
      return (await readAround(file, Buffer.alloc(LINE_BYTES_MAX), 0)).toString('latin1');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function format({ segment, offset }: SpoolPosition): string {
  const text = `${segment} ${offset}`;
  return `${text} ${crc32c(text).toString(16).padStart(8, '0')}\n`;
}

function parse(line: string): SpoolPosition | null {
  const [, segment, offset] = LINE.exec(line) ?? [];
  if (segment === undefined || offset === undefined) return null;
  const position = { segment: Number(segment), offset: Number(offset) };
  return format(position) === line ? position : null;
}
