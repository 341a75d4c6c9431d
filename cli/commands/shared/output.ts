import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The body of an answer as it came; throws where it breaks off, so that part never looks whole. */
export async function copyBody(answer: Response, out: Writable): Promise<void> {
  if (answer.body === null) return;
  await pipeline(Readable.fromWeb(answer.body), out, { end: false });
}

/** On standard error, behind the rows: a list that was cut never looks whole. */
export function sayCut(isCut: boolean, rowsMax: number): void {
  if (!isCut) return;
  const more = `還有更多 There are more than ${rowsMax}: --limit ${rowsMax * 10}`;
  process.stderr.write(`${more}\n`);
}
