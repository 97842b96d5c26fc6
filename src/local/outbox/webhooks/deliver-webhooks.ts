import { setTimeout as sleep } from 'node:timers/promises';
import { createPolling } from '../../../concurrency/polling.ts';
import { mapAtMost } from '../../../concurrency/map-at-most.ts';
import { claimWebhooks, type Webhook } from './_claim-webhooks.ts';
import type { OutboxContext } from '../store/context.ts';
import { type Attempt, postWebhook } from './_post-webhook.ts';
import { recordAttempts } from './_record-attempts.ts';

const CONCURRENCY = 8;
/** Real events take seconds too. */
const POLLING = { busy_ms: 250, idle_ms: 3_000, quiet_ms: 30_000 };
const REFUSED_MS = 1_000;

/** What happened to the webhooks that were due. */
type DeliveryResult = 'none due' | 'posted' | 'refused';

/** Posts due webhooks until `stopping` aborts; continues after database and receiver failures. */
export async function deliverWebhooks(outbox: OutboxContext, stopping: AbortSignal): Promise<void> {
  let isRefused = false;
  const nextWait = createPolling(POLLING);
  while (!stopping.aborted) {
    const result = await deliverDue(outbox, stopping).catch((error: unknown): DeliveryResult => {
      outbox.log.warn({ err: error }, 'the outbox failed to deliver webhooks');
      return 'none due';
    });
    if (result === 'refused' && !isRefused) {
      outbox.log.warn(
        { url: outbox.webhookUrl },
        'the webhook URL refuses connections; retrying every second',
      );
    }
    const wait_ms = nextWait(result !== 'none due');
    if (result !== 'posted') {
      await sleep(result === 'refused' ? REFUSED_MS : wait_ms, undefined, { signal: stopping }).catch(
        () => undefined,
      );
    }
    isRefused = result === 'none due' ? isRefused : result === 'refused';
  }
}

async function deliverDue(outbox: OutboxContext, stopping: AbortSignal): Promise<DeliveryResult> {
  const webhooks = await claimWebhooks(outbox);
  if (webhooks.length === 0) {
    return 'none due';
  }
  const attempts = await postAll(outbox, webhooks, stopping);
  await recordAttempts(outbox, attempts);
  return attempts.some(({ was_refused }) => was_refused) ? 'refused' : 'posted';
}

/**
 * Mails are processed concurrently, the events of one mail sequentially. If nothing listens, the others are not attempted.
 */
async function postAll(
  outbox: OutboxContext,
  webhooks: Webhook[],
  stopping: AbortSignal,
): Promise<Attempt[]> {
  const refused = new AbortController();
  const signal = AbortSignal.any([stopping, refused.signal]);
  const webhooksByMail = Map.groupBy(webhooks, ({ mail_id }) => mail_id).values();
  const attempts = await mapAtMost(CONCURRENCY, webhooksByMail, async (webhooksOfMail) => {
    const attemptsOfMail: Attempt[] = [];
    for (const webhook of webhooksOfMail.toSorted((a, b) => a.position - b.position)) {
      const attempt = await postWebhook(outbox, webhook, signal);
      attemptsOfMail.push(attempt);
      if (attempt.was_refused) {
        refused.abort();
      }
    }
    return attemptsOfMail;
  });
  return attempts.flat();
}
