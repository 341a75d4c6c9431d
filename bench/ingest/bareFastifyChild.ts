import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

/** Fastify alone: reads the request as JSON and answers as ingest does, keeping nothing. */
const app = fastify();
app.post('/v1/events', async () => ({
  batchId: randomUUID(),
  received: 1,
  accepted: 1,
  rejected: [],
  receipt: null,
}));
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify((app.server.address() as AddressInfo).port)}\n`);
