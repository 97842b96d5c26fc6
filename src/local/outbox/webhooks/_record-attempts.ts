import { sql } from 'kysely';
import type { Tx } from '../../../database/connect.ts';
import type { OutboxContext } from '../store/context.ts';
import { scheduleRetry, type Outcome } from './_schedule-retry.ts';
import { EVENT_ORDER } from '../store/mail-events.ts';
import type { Attempt } from './_post-webhook.ts';

/**
 * Marks webhooks as delivered or schedules a retry. Updates last events even if delivery failed or was not
 * attempted: the event still occurred.
 */
export async function recordAttempts({ db, now, log }: OutboxContext, attempts: Attempt[]): Promise<void> {
  const outcomes = attempts.map((attempt) => scheduleRetry(attempt, now()));
  await db.transaction().execute(async (tx) => {
    await updateWebhooks(tx, outcomes);
    await updateLastEvents(tx, outcomes);
  });
  for (const { failed, svix_id, attempts, last_status, due_at } of outcomes) {
    if (failed) {
      log.warn({ svix_id, attempts, status: last_status, retry_at: due_at }, 'webhook delivery failed');
    }
  }
}

async function updateWebhooks(tx: Tx, outcomes: Outcome[]): Promise<void> {
  const column = <Name extends keyof Outcome>(name: Name) => outcomes.map((outcome) => outcome[name]);
  await sql`
    update outbox.webhooks as webhook
    set attempts = outcome.attempts, last_status = outcome.last_status, due_at = outcome.due_at,
      delivered_at = outcome.delivered_at
    from unnest(
      ${column('svix_id')}::text[], ${column('attempts')}::integer[], ${column('last_status')}::integer[],
      ${column('due_at')}::timestamptz[], ${column('delivered_at')}::timestamptz[]
    ) as outcome (svix_id, attempts, last_status, due_at, delivered_at)
    where webhook.svix_id = outcome.svix_id`.execute(tx);
}

async function updateLastEvents(tx: Tx, outcomes: Outcome[]): Promise<void> {
  const order = sql`${[...EVENT_ORDER]}::text[]`;
  await sql`
    update outbox.mails as mail
    set last_event = (${order})[newest.event_index]
    from (
      select mail_id, max(array_position(${order}, event)) as event_index
      from unnest(${outcomes.map(({ mail_id }) => mail_id)}::uuid[], ${outcomes.map(({ event }) => event)}::text[])
        as outcome (mail_id, event)
      group by mail_id
    ) as newest
    where mail.id = newest.mail_id and array_position(${order}, mail.last_event) < newest.event_index`.execute(
    tx,
  );
}
