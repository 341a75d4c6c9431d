import { Webhook } from 'standardwebhooks';
import { WEBHOOK_TIMEOUT_MS } from '../core/limits.ts';

export interface WebhookTarget {
  readonly url: string;
  /** As Standard Webhooks writes it: `whsec_` and base64. */
  readonly secret: string;
}

/** One message, by the Standard Webhooks specification: the receiver can check who sent it. */
export interface WebhookMessage {
  /** The same for every sending of one message: the receiver may drop what it has. */
  readonly id: string;
  readonly sentAtMs: number;
  readonly body: string;
}

/** Resolves when the receiver took it (2xx); throws otherwise, a redirection included. */
export async function sendWebhook(target: WebhookTarget, message: WebhookMessage): Promise<void> {
  const { id, sentAtMs, body } = message;
  const signature = new Webhook(target.secret).sign(id, new Date(sentAtMs), body);
  const answer = await fetch(target.url, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAtMs / 1000)),
      'webhook-signature': signature,
    },
    body,
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the receiver of warnings answered ${answer.status}`);
}
