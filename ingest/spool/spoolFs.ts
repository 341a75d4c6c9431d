/**
 * What the spool asks of the machine. The real one is in nodeFs.ts; tests hand in one that loses
 * power. Every failure is thrown; errors of the system carry its `code`, such as `ENOSPC`.
 */
export interface SpoolFs {
  /** `create` fails with EEXIST where the file is there; the others with ENOENT where it is not. */
  open(path: string, mode: 'create' | 'update' | 'read'): Promise<SpoolFile>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file, at once with its whole content; EEXIST where the name is taken. */
  link(existing: string, path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names in a folder, in no order. */
  list(dir: string): Promise<string[]>;
  /** Names created, renamed and removed in the folder before the call survive a power loss. */
  syncDir(dir: string): Promise<void>;
  /** With its parents; durable when it resolves. */
  mkdir(dir: string): Promise<void>;
  /** Bytes that this process may still write to the disk of the folder. */
  freeBytes(dir: string): Promise<number>;
  randomBytes(length: number): Uint8Array;
  /** This process. */
  readonly self: ProcessIdentity;
  /** When the process with the number started; null where none runs. */
  startOf(pid: number): Promise<string | null>;
}

/** Two processes may have one number at different times: the start tells them apart. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export interface SpoolFile {
  /** One write at a position; may write less than asked and says how much. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Fills the start of `into`; 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Content and size survive a power loss. */
  datasync(): Promise<void>;
  /** As `datasync`, with the rest of what the file system knows of the file. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Fills `into` from the position; what is missing at the end of the file is left out. */
export async function readFully(file: SpoolFile, into: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < into.length) {
    const read = await file.read(into.subarray(filled), position + filled);
    if (read === 0) break;
    filled += read;
  }
  return into.subarray(0, filled);
}

/** For writes that nobody waits for: goes on where one wrote a part only. */
export async function writeFully(file: SpoolFile, bytes: Uint8Array, position = 0): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const written = await file.write(bytes.subarray(done), position + done);
    if (written === 0) throw new Error(`the disk took ${done} of ${bytes.length} bytes`);
    done += written;
  }
}

/** A clean-up that fails leaves something behind that later clean-ups find again. */
export async function quietly(task: Promise<unknown>): Promise<boolean> {
  try {
    await task;
    return true;
  } catch {
    return false;
  }
}
