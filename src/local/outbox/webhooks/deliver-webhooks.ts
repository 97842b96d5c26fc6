import { setTimeout as sleep } from 'node:timers/promises';
import { claimWebhooks, type Webhook } from './_claim-webhooks.ts';
import type { OutboxContext } from '../store/context.ts';
import { type Attempt, postWebhook } from './_post-webhook.ts';
import { recordAttempts } from './_record-attempts.ts';

const CONCURRENCY = 8;
const IDLE_MS = 250;

/** Posts due webhooks until `stopping` aborts; continues after database and receiver failures. */
export async function deliverWebhooks(outbox: OutboxContext, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const posted = await deliverDue(outbox, stopping).catch((error: unknown) => {
      outbox.log.warn({ err: error }, 'the outbox failed to deliver webhooks');
      return 0;
    });
    if (posted === 0) {
      await sleep(IDLE_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}

async function deliverDue(outbox: OutboxContext, stopping: AbortSignal): Promise<number> {
  const webhooks = await claimWebhooks(outbox);
  if (webhooks.length > 0) {
    await recordAttempts(outbox, await postAll(outbox, webhooks, stopping));
  }
  return webhooks.length;
}

/** Mails are processed concurrently, the events of one mail sequentially. */
async function postAll(
  outbox: OutboxContext,
  webhooks: Webhook[],
  stopping: AbortSignal,
): Promise<Attempt[]> {
  const webhooksByMail = Map.groupBy(webhooks, ({ mail_id }) => mail_id).values();
  const attempts: Attempt[] = [];
  const postNext = async () => {
    for (const mailWebhooks of webhooksByMail) {
      for (const webhook of mailWebhooks.toSorted((a, b) => a.position - b.position)) {
        attempts.push(await postWebhook(outbox, webhook, stopping));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, postNext));
  return attempts;
}
