import { setTimeout as sleep } from 'node:timers/promises';
import { defineCommand } from 'citty';
import { z } from 'zod';
import { progressSchema } from '../../api/answers.ts';
import { type ApiClient, jsonBody } from '../http.ts';
import { asOfArg, asOfFrom, clientFrom, connectionArgs, programmeArg } from './shared/options.ts';
import { type Progress, startProgress, waitingText } from './shared/progress.ts';

/** `flowproof verify`: asks for a verification and waits for its end. */
export const verify = defineCommand({
  meta: {
    name: 'verify',
    description:
      'Verify orders: find, and seal the months whose grace has ended; waits for the end',
  },
  args: {
    order: { type: 'string', valueHint: 'id', description: 'This order alone' },
    ...programmeArg,
    ...asOfArg,
    ...connectionArgs,
  },
  async run({ args }) {
    const client = clientFrom(args);
    const asked = {
      ...(args.order === undefined ? {} : { orderIds: [args.order] }),
      ...(args.programme === undefined ? {} : { programme: args.programme }),
      asOf: asOfFrom(args) ?? null,
    };
    const made = z.object({ verificationId: z.string() });
    const { verificationId } = await client.json(
      made,
      'POST',
      '/v1/verifications',
      jsonBody(asked),
    );
    process.stderr.write(`驗證 Verification ${verificationId}\n`);
    const { done, total } = await waitFor(verificationId, client);
    process.stdout.write(`已驗證 verified ${done} / ${total}\n`);
  },
});

const POLL_MS = 250;
/** A closing of hours outlives a restart of its server: so often, or for an hour without any. */
const TRIES_MAX = 60;

async function waitFor(verificationId: string, client: ApiClient) {
  const path = `/v1/verifications/${encodeURIComponent(verificationId)}`;
  let progress: Progress | undefined;
  const onWait = (error: Error, waitMs: number) => {
    const text = waitingText(error, waitMs);
    if (progress === undefined) process.stderr.write(`${text}\n`);
    else progress.note(text);
  };
  const ask = () => client.json(progressSchema, 'GET', path, { triesMax: TRIES_MAX, onWait });
  let answer = await ask();
  progress = startProgress('驗證訂單 Orders verified', answer.total, process.stderr);
  while (answer.state === 'queued' || answer.state === 'running') {
    await sleep(POLL_MS);
    answer = await ask();
    progress.update(answer.done);
  }
  progress.update(answer.done);
  progress.end();
  if (answer.state === 'done') return answer;
  throw new Error("The verification failed. The server's log has the cause; ask again later.");
}
