import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { maskAddresses, messageOf } from '../errors.ts';
import { type PostResponse, postJson } from '../network/post-json.ts';
import { notifyStaff } from '../queue/notify-staff.ts';
import type { OutgoingEvent } from './announce.ts';
import { signEvent } from './_sign-event.ts';

type Endpoint = Context['config']['outgoingWebhooks'][number];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Waits after each failed attempt: about three days in all (Standard Webhooks specification, "Deliverability and reliability"). */
const BACK_OFF_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** Waits differ by up to a tenth, so that a recovered endpoint is not sent everything at once. */
const JITTER = 0.1;
const MAX_RETRY_AFTER_MS = 24 * HOUR;
/** To one endpoint. */
const CONCURRENT_POSTS = 10;
/** Longer than an attempt takes; afterwards another process may try again. */
export const CLAIMED_FOR_MS = 2 * MINUTE;
/**
 * How often and how long a worker's job polls: it ends before the next minute's job, even if its last attempt times
 * out.
 */
const POLL_EVERY_MS = 2 * SECOND;
const POLL_FOR_MS = 43 * SECOND;
const GONE = 410;

/** The result of one attempt. */
interface Attempt {
  is_delivered: boolean;
  answer: string;
  /** The HTTP status, if the endpoint answered. */
  status?: number;
  retry_after_ms?: number;
}

interface Claimed {
  event_id: number;
  message_id: string;
  attempts: number;
  type: OutgoingEvent['type'];
  at: Date;
  subscriber_id: number | null;
  email: string | null;
  data: Record<string, unknown>;
}

/**
 * Delivers what is due to every endpoint; in a worker, also what becomes due in the next 43 seconds, until shortly
 * before the next minute's job.
 */
export async function deliverEvents(context: Context): Promise<void> {
  const until = performance.now() + POLL_FOR_MS;
  // Endpoints do not wait for each other: one may be down.
  await Promise.all(
    context.config.outgoingWebhooks.map((endpoint) => deliverUntil(context, endpoint, until)),
  );
}

async function deliverUntil(context: Context, endpoint: Endpoint, until: number): Promise<void> {
  try {
    do {
      await deliverTo(context, endpoint, until);
      await (context.isWorker &&
        sleep(POLL_EVERY_MS, undefined, { signal: context.stopping }).catch(() => undefined));
    } while (context.isWorker && performance.now() < until && !context.stopping.aborted);
  } catch (error) {
    // The others go on; the next job tries this one again.
    context.log.error({ err: error, webhook: new URL(endpoint.url).host }, 'delivering to a webhook failed');
  }
}

async function deliverTo(context: Context, endpoint: Endpoint, until: number): Promise<void> {
  let claimed: Claimed[];
  do {
    claimed = await claimDue(context, endpoint.url);
    await Promise.all(
      claimed.map(async (event) =>
        recordAttempt(context, endpoint.url, event, await attempt(context, endpoint, event)),
      ),
    );
  } while (claimed.length === CONCURRENT_POSTS && performance.now() < until && !context.stopping.aborted);
}

async function claimDue({ db, now }: Context, url: string): Promise<Claimed[]> {
  const until = new Date(now().getTime() + CLAIMED_FOR_MS);
  const { rows } = await sql<Claimed>`
    with due as (
      select event_id from outgoing_deliveries where url = ${url} and status = 'waiting' and due_at <= ${now()}
        and exists (select from outgoing_endpoints as endpoint where endpoint.url = ${url} and gone_at is null)
      order by due_at, event_id limit ${CONCURRENT_POSTS} for update skip locked
    ), claimed as (
      update outgoing_deliveries as delivery set due_at = ${until}, attempts = attempts + 1
      from due where delivery.url = ${url} and delivery.event_id = due.event_id
      returning delivery.event_id, attempts
    )
    select claimed.event_id, message_id, attempts, type, at, event.subscriber_id, email, data
    from claimed join outgoing_events as event on event.id = event_id
    left join subscribers on subscribers.id = event.subscriber_id
    order by event_id`.execute(db);
  return rows;
}

/**
 * Posts one event: the same id at every attempt, so that a receiver can recognize a repetition. Returns what the endpoint answered, and
 * how long it asks us to wait.
 */
export async function postEvent(
  { config }: Context,
  { url, secrets }: Endpoint,
  event: OutgoingEvent & { id: string },
): Promise<PostResponse> {
  const body = JSON.stringify({ type: event.type, timestamp: event.at.toISOString(), data: event.data });
  // Receivers compare the time with their own clocks.
  const headers = signEvent(secrets, event.id, new Date(), body);
  return postJson(new URL(url), body, headers, { allowsPrivate: config.allowsPrivateWebhooks });
}

async function attempt(context: Context, endpoint: Endpoint, claimed: Claimed): Promise<Attempt> {
  const { message_id, type, at, subscriber_id, email, data } = claimed;
  // An erased reader's address is gone; the receiver still knows their id.
  const reader =
    subscriber_id === null ? {} : { subscriber: { id: subscriber_id, ...(email ? { email } : {}) } };
  try {
    const event = { id: message_id, type, at, data: { ...reader, ...data } };
    const { status, retry_after, start } = await postEvent(context, endpoint, event);
    return {
      is_delivered: status >= 200 && status < 300,
      answer: describeAnswer(`${status} ${start}`),
      status,
      retry_after_ms: readRetryAfter(retry_after, context.now()),
    };
  } catch (error) {
    return { is_delivered: false, answer: describeAnswer(messageOf(error)) };
  }
}

/** Without control characters: PostgreSQL stores no NUL, and staff read the answer in a terminal. */
function describeAnswer(text: string): string {
  return maskAddresses(text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim());
}

/** RFC 9110, section 10.2.3: seconds or a date. */
function readRetryAfter(value: string | undefined, now: Date): number {
  const wait = /^\d+$/.test(value ?? '')
    ? Number(value) * SECOND
    : new Date(value ?? '').getTime() - now.getTime();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS) : 0;
}

async function recordAttempt(
  context: Context,
  url: string,
  { event_id, attempts }: Claimed,
  { is_delivered, answer, status, retry_after_ms = 0 }: Attempt,
): Promise<void> {
  const at = context.now();
  const wait = BACK_OFF_MS[attempts - 1];
  const isOver = is_delivered || wait === undefined || status === GONE;
  const due_at = new Date(
    at.getTime() + Math.max((wait ?? 0) * (1 + Math.random() * JITTER), retry_after_ms),
  );
  await context.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('outgoing_deliveries')
      .set({
        last_answer: answer,
        ...(isOver ? { status: is_delivered ? 'delivered' : 'failed', ended_at: at } : { due_at }),
      })
      .where('event_id', '=', event_id)
      .where('url', '=', url)
      .where('status', '=', 'waiting')
      .execute();
    if (status === GONE) {
      await tx.updateTable('outgoing_endpoints').set({ gone_at: at }).where('url', '=', url).execute();
    }
    if (isOver && !is_delivered) {
      const { host } = new URL(url);
      await notifyStaff(context, tx, `webhook ${host} ${at.toISOString().slice(0, 10)}`, {
        title: `Webhook not delivered: ${host}`,
        message: `${
          status === GONE
            ? `The webhook at ${host} responded that it is gone (410), so nothing more is sent to it.`
            : `The webhook at ${host} did not take an event in ${attempts} attempts over three days. Its last answer: ${answer}`
        }\nSee \`verdicts webhooks list\`; once it works again, \`verdicts webhooks replay\` delivers what it missed.`,
      });
    }
  });
}
