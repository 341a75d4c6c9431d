import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientOptions, FlowproofClient } from 'flowproof/client';

/** A server of its own that answers as a test says, and a client of it that does not wait. */
export interface Misbehaving {
  readonly url: string;
  /** The body of every request, as it came. */
  readonly bodies: string[];
  readonly contentTypes: string[];
  /** The pauses that the client asked for, in ms. */
  readonly pausesMs: number[];
  readonly client: FlowproofClient;
  close(): void;
}

export type Behave = (nth: number, response: ServerResponse, request: IncomingMessage) => void;

/** @param behave answers the n-th request, from 1, once its body has come */
export async function misbehaving(
  behave: Behave,
  options: Partial<ClientOptions> = {},
): Promise<Misbehaving> {
  const bodies: string[] = [];
  const contentTypes: string[] = [];
  const pausesMs: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      contentTypes.push(request.headers['content-type'] ?? '');
      behave(bodies.length, response, request);
    });
  });
  const url = await listening(server);
  const client = new FlowproofClient({
    url,
    key: KEY,
    concurrency: 1,
    random: () => 0.5,
    sleep: (ms) => {
      pausesMs.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, bodies, contentTypes, pausesMs, client, close };
}

export const KEY = 'fp_vendor_notarealkey0123456789';

/** Answers as a server that accepted every line. */
export function accept(body: string | undefined, response: ServerResponse): void {
  const received = (body ?? '').trimEnd().split('\n').length;
  answer(response, 200, {
    batchId: 'b',
    received,
    accepted: received,
    rejected: [],
    receipt: null,
  });
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, { title: 'A title', status, detail: 'a detail.', code }, headers);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
