import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createChdbConnection } from 'chdb/connection';

/**
 * A program that stands in for a ClickHouse server: the embedded engine behind the few requests that
 * the client makes, in a process that can be killed without the rest. Run with the folder of its
 * data and a port (0: any); prints the port.
 */
type Connection = ReturnType<typeof createChdbConnection>;

/** One statement at a time on each. */
const CONNECTIONS = 4;
/** Of the HTTP layer alone; every other one is a setting, or a parameter of the statement. */
const NO_SETTINGS = new Set(['query', 'query_id', 'database', 'session_id', 'role']);

const [, , folder = '', port = '0'] = process.argv;
const idle = Array.from({ length: CONNECTIONS }, () => createChdbConnection({ path: folder }));
const waiting: ((connection: Connection) => void)[] = [];

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://store');
  const body = await text(request);
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  const head = url.searchParams.get('query');
  const settings = [...url.searchParams].filter(([name]) => !NO_SETTINGS.has(name));
  const connection = await take();
  try {
    const { stream } = await connection.exec({
      query: head === null ? body : `${head}\n${body}`,
      clickhouse_settings: Object.fromEntries(settings),
    });
    const result = await stream.toArray();
    response.end(Buffer.concat(result));
  } finally {
    give(connection);
  }
}

function take(): Promise<Connection> {
  const connection = idle.pop();
  if (connection !== undefined) return Promise.resolve(connection);
  return new Promise((resolve) => {
    waiting.push(resolve);
  });
}

function give(connection: Connection): void {
  const next = waiting.shift();
  if (next === undefined) idle.push(connection);
  else next(connection);
}
