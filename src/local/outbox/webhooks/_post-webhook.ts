import { Webhook as Signer } from 'standardwebhooks';
import type { Webhook } from './_claim-webhooks.ts';
import type { OutboxContext } from '../store/context.ts';

const TIMEOUT_MS = 5000;

export interface Attempt {
  webhook: Webhook;
  /** The receiver's HTTP status; null without a response. */
  status: number | null;
  /** Nothing listens at the receiver's address. */
  was_refused: boolean;
  /** We stopped before a response arrived; does not count as an attempt. */
  was_interrupted: boolean;
}

/** Posts one event with Svix signature headers (docs/resend.md, webhooks); never throws. */
export async function postWebhook(
  outbox: OutboxContext,
  webhook: Webhook,
  stopping: AbortSignal,
): Promise<Attempt> {
  let status: number | 'refused' | null = null;
  for (let copy = 0; copy < webhook.copies && !stopping.aborted; copy++) {
    status = await postOnce(outbox, webhook, stopping);
  }
  return {
    webhook,
    status: status === 'refused' ? null : status,
    was_refused: status === 'refused',
    was_interrupted: status === null && stopping.aborted,
  };
}

async function postOnce(
  outbox: OutboxContext,
  webhook: Webhook,
  stopping: AbortSignal,
): Promise<number | 'refused' | null> {
  try {
    const response = await fetch(outbox.webhookUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'weekly-verdicts-outbox',
        ...sign(outbox, webhook),
      },
      body: webhook.payload,
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? 'refused' : null;
  }
}

function sign({ webhookSecret }: OutboxContext, { svix_id, payload }: Webhook): Record<string, string> {
  // Real time, because receivers compare it with their own clock; the outbox's clock may be fixed.
  const signed_at = new Date();
  return {
    'svix-id': svix_id,
    'svix-timestamp': String(Math.floor(signed_at.getTime() / 1000)),
    'svix-signature': new Signer(webhookSecret).sign(svix_id, signed_at, payload),
  };
}
