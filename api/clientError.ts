import type { Socket } from 'node:net';
import { FlowproofError, toProblem } from '../core/errors.ts';
import type { AnswerHeaders } from './securityHeaders.ts';

/**
 * Answers a connection whose request never came to a route: it was too slow, or no HTTP. What was
 * received may be half a request, so the connection ends.
 */
export function answerBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
  headers: AnswerHeaders,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const problem = toProblem(isSlow ? TOO_SLOW : NO_HTTP, '/');
  const body = JSON.stringify(problem);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const reason = isSlow ? 'Request Timeout' : 'Bad Request';
  socket.end(
    `HTTP/1.1 ${problem.status} ${reason}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n` +
      `${lines.join('')}\r\n${body}`,
  );
  socket.destroySoon();
}

const TOO_SLOW = new FlowproofError('request_timeout', 'The request did not arrive in time.');
const NO_HTTP = new FlowproofError(
  'invalid_header',
  'The request is no HTTP, or has too long headers.',
);
