import { setTimeout as sleep } from 'node:timers/promises';
import { claimWebhooks, type Webhook } from './_claim-webhooks.ts';
import type { OutboxContext } from '../store/context.ts';
import { type Post, postWebhook } from './_post-webhook.ts';
import { recordAttempts } from './_record-posts.ts';

const POSTERS = 8;
const IDLE_MS = 250;

/** Posts due webhooks until `stopping` aborts; outlives a lost database and a deaf receiver. */
export async function deliverWebhooks(outbox: OutboxContext, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const posted = await deliverDue(outbox, stopping).catch((error: unknown) => {
      outbox.log.warn({ err: error }, 'the outbox could not deliver its webhooks');
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

/** Mails side by side, the events of one mail one after the other. */
async function postAll(outbox: OutboxContext, webhooks: Webhook[], stopping: AbortSignal): Promise<Post[]> {
  const waiting = Map.groupBy(webhooks, ({ mail_id }) => mail_id).values();
  const posts: Post[] = [];
  const postInTurn = async () => {
    for (const ofOneMail of waiting) {
      for (const webhook of ofOneMail.toSorted((a, b) => a.position - b.position)) {
        posts.push(await postWebhook(outbox, webhook, stopping));
      }
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, postInTurn));
  return posts;
}
