import autocannon from 'autocannon';

/** Requests of one event each. */
export interface SinglesResult {
  readonly requestsPerSecond: number;
  /** Answered 200. */
  readonly accepted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const CONNECTIONS = 64;
/** Enough requests to know how fast they are answered, and to have the code compiled. */
const WARM_UP = 10_000;

/** So long as fast as they are answered; every request is answered before it ends. */
export async function sendSingles(
  url: string,
  seconds: number,
  next: () => { readonly body: string; readonly key: string },
): Promise<SinglesResult> {
  const warm = await run(url, WARM_UP, next);
  const measured = await run(url, Math.round(warm.requestsPerSecond * seconds), next);
  return { ...measured, accepted: warm.accepted + measured.accepted };
}

async function run(
  url: string,
  amount: number,
  next: () => { readonly body: string; readonly key: string },
): Promise<SinglesResult> {
  const setupRequest = (request: autocannon.Request) => {
    const { body, key } = next();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    return { ...request, headers, body };
  };
  const requests = [{ method: 'POST' as const, path: '/v1/events', setupRequest }];
  const options = { url, connections: CONNECTIONS, amount, requests };
  const startedMs = performance.now();
  // Autocannon itself ends, and counts its time, in whole seconds.
  let answeredMs = startedMs;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const sending = autocannon(options, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
    sending.on('response', () => {
      answeredMs = performance.now();
    });
  });
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${result.errors} errors and ${result.non2xx} refused single requests`);
  }
  return {
    requestsPerSecond: result['2xx'] / ((answeredMs - startedMs) / 1_000),
    accepted: result['2xx'],
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
