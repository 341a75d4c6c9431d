import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventSource } from './events.ts';

/** Sends batches over keep-alive connections, and waits until they are stored. */
export interface SenderTarget {
  readonly url: string;
  /** By the number of the vendor. */
  readonly keys: readonly string[];
  readonly source: EventSource;
  readonly batchEvents: number;
}

export interface Sent {
  readonly events: number;
  readonly latenciesMs: readonly number[];
  /** The last batch of each connection. */
  readonly last: readonly { readonly batchId: string; readonly vendor: number }[];
}

export class Sender {
  readonly #target: SenderTarget;
  readonly #agent = new Agent({ keepAlive: true });
  #nextEvent = 0;

  constructor(target: SenderTarget) {
    this.#target = target;
  }

  /** As fast as it is answered, on so many connections; `onEvents` is told the sum. */
  async flood(
    events: number,
    connections: number,
    onEvents: (events: number) => void = () => undefined,
  ): Promise<Sent> {
    const { batchEvents } = this.#target;
    const latenciesMs: number[] = [];
    const last: Sent['last'][number][] = [];
    let left = Math.ceil(events / batchEvents);
    let sent = 0;
    const run = async (connection: number) => {
      while (left > 0) {
        left -= 1;
        const startedMs = performance.now();
        last[connection] = await this.#send();
        latenciesMs.push(performance.now() - startedMs);
        sent += batchEvents;
        onEvents(sent);
      }
    };
    await Promise.all(Array.from({ length: connections }, (_, i) => run(i)));
    return { events: sent, latenciesMs, last: last.filter((batch) => batch !== undefined) };
  }

  /** On a timetable, whatever the answers do: a latency counts from the time that was planned. */
  async atRate(eventsPerSecond: number, seconds: number): Promise<Sent> {
    const { batchEvents } = this.#target;
    const batches = Math.max(1, Math.floor((eventsPerSecond * seconds) / batchEvents));
    const everyMs = (1_000 * batchEvents) / eventsPerSecond;
    const latenciesMs: number[] = [];
    const last: Sent['last'][number][] = [];
    const answers: Promise<void>[] = [];
    const startedMs = performance.now();
    for (let i = 0; i < batches; i += 1) {
      const plannedMs = startedMs + i * everyMs;
      const waitMs = plannedMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const answer = this.#send().then((batch) => {
        latenciesMs.push(performance.now() - plannedMs);
        last[0] = batch;
      });
      answers.push(answer);
    }
    await Promise.all(answers);
    return { events: batches * batchEvents, latenciesMs, last };
  }

  /** One event, as a body; the next one. */
  single(): { readonly body: string; readonly key: string } {
    const { source, keys } = this.#target;
    const number = this.#nextEvent;
    this.#nextEvent += 1;
    const key = keys[source.vendorOf(number)] ?? '';
    return { body: source.event(number), key };
  }

  /** Resolves when the batches are in the store. */
  async stored(batches: Sent['last']): Promise<void> {
    for (const { batchId, vendor } of batches) {
      const key = this.#target.keys[vendor] ?? '';
      while ((await this.#call('GET', `/v1/batches/${batchId}`, key)).status !== 200) {
        await sleep(STORED_POLL_MS);
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(): Promise<{ batchId: string; vendor: number }> {
    const { source, keys, batchEvents } = this.#target;
    const first = Math.ceil(this.#nextEvent / batchEvents) * batchEvents;
    this.#nextEvent = first + batchEvents;
    const vendor = source.vendorOf(first);
    const { status, text } = await this.#call(
      'POST',
      '/v1/events',
      keys[vendor] ?? '',
      source.batch(first),
    );
    const answer = JSON.parse(text);
    if (status !== 200 || answer.accepted !== batchEvents) {
      throw new Error(`a batch was answered ${status}: ${text.slice(0, 200)}`);
    }
    return { batchId: answer.batchId, vendor };
  }

  #call(
    method: string,
    path: string,
    key: string,
    body?: Buffer,
  ): Promise<{ status: number; text: string }> {
    const headers: Record<string, string | number> = { authorization: `Bearer ${key}` };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = body.length;
    }
    return new Promise((resolve, reject) => {
      const sent = request(this.#target.url + path, { method, headers, agent: this.#agent });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      sent.end(body);
    });
  }
}

const STORED_POLL_MS = 20;
