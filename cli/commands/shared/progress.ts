import { clearLine, cursorTo } from 'node:readline';
import cliProgress from 'cli-progress';

/** How far a long step is; always on standard error, so that standard output stays the answer. */
export interface Progress {
  /** @param done of the total, never going back */
  update(done: number): void;
  /** Why it stands still. */
  note(text: string): void;
  /** Prints lines of their own beside it. */
  beside(print: () => void): void;
  end(): void;
}

/** Said while a request waits for its next try. */
export function waitingText(error: Error, waitMs: number): string {
  const [first = ''] = error.message.split('\n');
  return `${first} 稍後重試 Trying again in ${Math.ceil(waitMs / 1_000)} s.`;
}

/** A bar on a terminal, else a plain line now and then. */
export function startProgress(label: string, total: number, out: NodeJS.WriteStream): Progress {
  return out.isTTY ? bar(label, total, out) : plainLines(label, total, out);
}

/** Where nobody watches, a line at most so often. */
const LINE_EVERY_MS = 5_000;

function bar(label: string, total: number, out: NodeJS.WriteStream): Progress {
  const single = new cliProgress.SingleBar(
    {
      format: `${label} {bar} {percentage}%  {value}/{total}  {eta_formatted}  {note}`,
      barsize: 24,
      // Left as they are: nobody would set them back after a Ctrl-C.
      hideCursor: false,
      linewrap: true,
      // Drawn again below the lines that are printed beside it.
      forceRedraw: true,
      stream: out,
    },
    cliProgress.Presets.shades_classic,
  );
  single.start(total, 0, { note: '' });
  return {
    update: (done) => single.update(done, { note: '' }),
    note: (note) => single.update({ note }),
    beside(print) {
      cursorTo(out, 0);
      clearLine(out, 0);
      print();
    },
    end: () => single.stop(),
  };
}

function plainLines(label: string, total: number, out: NodeJS.WriteStream): Progress {
  let saidAtMs = Date.now();
  let last = 0;
  return {
    update(done) {
      last = done;
      if (Date.now() - saidAtMs < LINE_EVERY_MS) return;
      saidAtMs = Date.now();
      out.write(`${label} ${done}/${total}\n`);
    },
    note: (text) => out.write(`${text}\n`),
    beside: (print) => print(),
    end: () => out.write(`${label} ${last}/${total}\n`),
  };
}
