import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { FlowproofError } from '../core/errors.ts';
import type { BodyHold } from './bodyBudget.ts';

/**
 * The bytes of a body. What is more than `bytesMax` or finds no room in memory is let pass by
 * unread, so that the sender hears the answer.
 * @throws FlowproofError `body_too_large`, `ingest_unavailable` without room, `unreadable_body`
 * where the sender left in the middle
 */
export function readBody(payload: Readable, bytesMax: number, hold: BodyHold): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isSettled = false;
    const refuse = (errorOf: () => FlowproofError) => {
      if (isSettled) return;
      isSettled = true;
      chunks.length = 0;
      reject(errorOf());
    };
    payload
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (isSettled) return;
        if (bytes > bytesMax) refuse(tooLarge);
        else if (!hold.take(chunk.length)) refuse(noRoom);
        else chunks.push(chunk);
      })
      .on('end', () => {
        if (isSettled) return;
        isSettled = true;
        // A copy also of one chunk: it may be a view into the memory that the socket reads into.
        resolve(Buffer.concat(chunks, bytes));
        chunks.length = 0;
      })
      .on('error', () => refuse(cutShort))
      .on('close', () => refuse(cutShort));
  });
}

/** Whether its sender says that a body is larger than this; one without a length is counted. */
export function isAnnouncedLarger(raw: IncomingMessage, bytesMax: number): boolean {
  return Number(raw.headers['content-length'] ?? 0) > bytesMax;
}

function cutShort(): FlowproofError {
  return new FlowproofError('unreadable_body', 'The body was cut short.');
}

export function tooLarge(): FlowproofError {
  return new FlowproofError('body_too_large', 'The body is larger than this route takes.');
}

export function noRoom(): FlowproofError {
  const detail = 'Too many bodies of this vendor are being received.';
  return new FlowproofError('ingest_unavailable', detail, { retryAfterS: 1 });
}
