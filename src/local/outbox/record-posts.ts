import { sql } from 'kysely';
import type { Tx } from '../../database.ts';
import type { OutboxContext } from './context.ts';
import { EVENT_ORDER } from './mail-story.ts';
import type { Post } from './post-webhook.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** After the first attempt and each further one (resend.md 4.2); then Resend gives up. */
const RETRY_AFTER_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
];

interface Outcome {
  svix_id: string;
  mail_id: string;
  event: string;
  attempts: number;
  last_status: number | null;
  due_at: Date | null;
  delivered_at: Date | null;
}

/** Marks what was delivered, puts the rest off, and lets the mails' last event follow: an unheard event happened too. */
export async function recordPosts({ db, now, log }: OutboxContext, posts: Post[]): Promise<void> {
  const outcomes = posts.map((post) => judge(post, now()));
  await db.transaction().execute(async (tx) => {
    await markWebhooks(tx, outcomes);
    await moveMails(
      tx,
      outcomes.filter(({ attempts }) => attempts > 0),
    );
  });
  for (const { svix_id, attempts, last_status, delivered_at, due_at } of outcomes) {
    if (delivered_at === null && attempts > 0) {
      log.warn({ svix_id, attempts, status: last_status, retry_at: due_at }, 'a webhook was not taken');
    }
  }
}

/** Only 200 means taken (resend.md 4.2). */
function judge({ webhook, status, was_interrupted }: Post, now: Date): Outcome {
  const { svix_id, mail_id, type } = webhook;
  const event = type.replace('email.', '');
  const attempts = webhook.attempts + (was_interrupted ? 0 : 1);
  const wait_ms = was_interrupted ? 0 : RETRY_AFTER_MS[webhook.attempts];
  const isTaken = status === 200;
  return {
    svix_id,
    mail_id,
    event,
    attempts,
    last_status: status ?? webhook.last_status,
    due_at: isTaken || wait_ms === undefined ? null : new Date(now.getTime() + wait_ms),
    delivered_at: isTaken ? now : null,
  };
}

async function markWebhooks(tx: Tx, outcomes: Outcome[]): Promise<void> {
  const column = <Name extends keyof Outcome>(name: Name) => outcomes.map((outcome) => outcome[name]);
  await sql`
    update outbox.webhooks as webhook
    set attempts = news.attempts, last_status = news.last_status, due_at = news.due_at, delivered_at = news.delivered_at
    from unnest(
      ${column('svix_id')}::text[], ${column('attempts')}::integer[], ${column('last_status')}::integer[],
      ${column('due_at')}::timestamptz[], ${column('delivered_at')}::timestamptz[]
    ) as news (svix_id, attempts, last_status, due_at, delivered_at)
    where webhook.svix_id = news.svix_id`.execute(tx);
}

async function moveMails(tx: Tx, outcomes: Outcome[]): Promise<void> {
  const order = sql`${[...EVENT_ORDER]}::text[]`;
  await sql`
    update outbox.mails as mail
    set last_event = (${order})[news.place]
    from (
      select mail_id, max(array_position(${order}, event)) as place
      from unnest(${outcomes.map(({ mail_id }) => mail_id)}::uuid[], ${outcomes.map(({ event }) => event)}::text[])
        as told (mail_id, event)
      group by mail_id
    ) as news
    where mail.id = news.mail_id and array_position(${order}, mail.last_event) < news.place`.execute(tx);
}
