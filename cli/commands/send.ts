import { defineCommand } from 'citty';
import {
  type Body,
  FlowproofClient,
  FlowproofClientError,
  type Retry,
} from '../../client/index.js';
import { ApiProblem, NoServer, reasonOf } from '../http.ts';
import { cut, formatOf, type LogFormat } from './shared/batches.ts';
import { type OpenFile, openFile } from './shared/files.ts';
import { connectionArgs, connectionFrom } from './shared/options.ts';
import { type Progress, startProgress, waitingText } from './shared/progress.ts';
import { Refused, RefusedFile } from './shared/refused.ts';

/** `flowproof send FILE`: a usage log, in as many requests as it takes. */
export const send = defineCommand({
  meta: {
    name: 'send',
    description:
      "Send a usage log with a vendor's key: .ndjson, .csv or .json, also .gz; " +
      'exit code 1 when an event was refused. Sent again, an event still counts once',
  },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'The log; its extension says the format',
    },
    rejects: {
      type: 'string',
      valueHint: 'file',
      description: 'Write the refused events, as they stand in the log, into this new file',
    },
    ...connectionArgs,
  },
  async run({ args }) {
    const format = formatOf(args.file);
    const rejects = args.rejects === undefined ? null : new RefusedFile(args.rejects, format);
    const connection = connectionFrom(args);
    const file = await openFile(args.file, format.gzipped);
    const { accepted, refused } = await sendFile(file, format, connection, rejects);
    process.stdout.write(`已收 accepted ${accepted}, 退回 rejected ${refused.count}\n`);
    if (refused.count === 0) return;
    process.stdout.write(refused.text());
    process.stdout.write(
      rejects === null ? ALL_REFUSED : `待修正再傳 To mend and send: ${args.rejects}\n`,
    );
    process.exitCode = 1;
  },
});

/** Not the list of rejects: that begins with the oldest. */
const ALL_REFUSED =
  '全部退回事件 All of them: the same command with --rejects FILE; each event still counts once.\n';
/** Within the server's limits, and small enough that an interruption costs little. */
const LIMITS = { eventsMax: 1_000, bytesMax: 2 * 1024 * 1024 };

interface Sent {
  received: number;
  accepted: number;
  readonly refused: Refused;
}

async function sendFile(
  file: OpenFile,
  format: LogFormat,
  connection: { readonly url: string; readonly key: string },
  rejects: RefusedFile | null,
): Promise<Sent> {
  const sent: Sent = { received: 0, accepted: 0, refused: new Refused() };
  const kib = (bytes: number) => Math.ceil(bytes / 1024);
  const progress = startProgress('傳送 Sending KiB', kib(file.sizeBytes), process.stderr);
  const absent = new AbortController();
  const note = noteOf(progress);
  const onRetry = (retry: Retry) => {
    // A server that answered before may be starting again; one that never did is not there.
    if (sent.received === 0 && isRefused(retry.error)) absent.abort();
    else note(retry);
  };
  const client = new FlowproofClient({ ...connection, onRetry });
  const interrupted = interruptible();
  const signal = AbortSignal.any([interrupted.signal, absent.signal]);
  // Answers come in the order of the bodies: what was refused is found in the oldest of these.
  const underWay: Body[] = [];
  const bodies = bodiesOf(file, format, rejects === null ? null : underWay);
  try {
    for await (const answer of client.bodies(bodies, { signal })) {
      const body = underWay.shift();
      const indexes = answer.rejected.map(({ index }) => index - sent.received);
      if (body !== undefined) await rejects?.add(body.bytes, indexes);
      sent.refused.add(answer.rejected);
      sent.received += answer.received;
      sent.accepted += answer.accepted;
      progress.update(kib(file.readBytes()));
    }
    await rejects?.keep();
  } catch (error) {
    progress.end();
    await rejects?.discard();
    if (sent.received > 0 || interrupted.signal.aborted) process.stderr.write(resume(sent));
    if (absent.signal.aborted) throw new NoServer(connection.url, CONNECTION_REFUSED);
    throw inWords(error, connection.url);
  } finally {
    interrupted.end();
  }
  progress.end();
  if (sent.received === 0) throw new Error('The file holds no event.');
  return sent;
}

async function* bodiesOf(
  file: OpenFile,
  { kind, contentType }: LogFormat,
  underWay: Body[] | null,
): AsyncGenerator<Body> {
  for await (const bytes of cut(file.chunks, kind, LIMITS)) {
    const body = { contentType, bytes };
    underWay?.push(body);
    yield body;
  }
}

/** Ctrl-C ends the requests under way; a second one ends the process. */
function interruptible(): { readonly signal: AbortSignal; end(): void } {
  const ended = new AbortController();
  const interrupt = () => ended.abort(new Error('It was interrupted.'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const end = () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  return { signal: ended.signal, end };
}

function noteOf(progress: Progress): (retry: Retry) => void {
  return ({ waitMs, error }) => progress.note(waitingText(error, waitMs));
}

const CONNECTION_REFUSED = 'connection refused';

function isRefused({ code, cause }: FlowproofClientError): boolean {
  return code === 'no_answer' && reasonOf(cause) === CONNECTION_REFUSED;
}

function resume({ accepted }: Sent): string {
  return `${accepted} events were accepted before. Send the whole file again: each counts once.\n`;
}

/** With the mends that the command line has. */
function inWords(error: unknown, url: string): unknown {
  if (!(error instanceof FlowproofClientError)) return error;
  if (error.problem !== null) return new ApiProblem(error.status ?? 0, error.problem);
  return error.code === 'no_answer' ? new NoServer(url, reasonOf(error.cause)) : error;
}
