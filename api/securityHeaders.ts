import fastifyHelmet from '@fastify/helmet';
import fastify from 'fastify';

export type AnswerHeaders = Readonly<Record<string, string>>;

/**
 * The headers of every answer, also where no route was reached: whether the clock is simulated, and
 * what helmet says to browsers. They are made once, not for each.
 */
export async function headersOfAll(simulated: boolean): Promise<AnswerHeaders> {
  const headers = await securityHeaders();
  return simulated ? { ...headers, 'flowproof-simulated': 'true' } : headers;
}

async function securityHeaders(): Promise<AnswerHeaders> {
  const probe = fastify();
  await probe.register(fastifyHelmet);
  probe.get('/', (_request, reply) => reply.send());
  const { headers } = await probe.inject('/');
  await probe.close();
  const own = new Set(['content-length', 'content-type', 'date', 'connection', 'keep-alive']);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !own.has(name) ? [[name, value]] : [],
    ),
  );
}
