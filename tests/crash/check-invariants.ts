import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { verifySubscriberToken, verifyVoteToken } from '../../src/links/tokens.ts';
import { eventsFor } from '../../src/local/outbox/store/mail-events.ts';
import type { DeliveryStatus, Row } from '../../src/database/schema.ts';
import type { Readers } from './readers.ts';
import type { Fixture } from './fixture.ts';
import { WEEK } from './template.ts';

type Mail = Row<'outbox.mails'>;
type Delivery = Row<'deliveries'>;

const MAILED: DeliveryStatus[] = ['submitted', 'delayed', 'delivered', 'bounced', 'complained', 'suppressed'];

/**
 * `was_late`: a batch was not settled before Resend forgot its key. `unknown`: whether a delivery may still have this
 * status. `events`: how many of Resend's events have arrived.
 */
interface Expectation {
  was_late: boolean;
  unknown: boolean;
  events: 'none' | 'some' | 'all';
}

/** Describes every row that contradicts what the outbox accepted or the readers did; empty when all is consistent. */
export async function findViolations(
  { context, outboxDb }: Fixture,
  readers: Readers,
  expected: Expectation,
): Promise<string[]> {
  const { db } = context;
  const issue = await getIssue(db, WEEK);
  const batches = await db.selectFrom('batches').selectAll().orderBy('number').execute();
  const deliveries = await db.selectFrom('deliveries').selectAll().orderBy('id').execute();
  const mails = await outboxDb.selectFrom('outbox.mails').selectAll().orderBy('sequence').execute();
  const mailsOf = Map.groupBy(mails, deliveryOf);
  const isCancelled = issue.status === 'cancelled';
  return [
    ...(issue.status === 'sent' || isCancelled ? [] : [`the issue is ${issue.status}`]),
    ...batches.flatMap((batch) => checkBatch(batch, isCancelled, expected)),
    ...checkRecipients(deliveries, readers),
    ...checkMails(mails, deliveries),
    ...deliveries.flatMap((delivery) => {
      const own = mailsOf.get(delivery.id) ?? [];
      return [
        ...checkStatus(delivery, own, isCancelled, expected),
        ...checkDeparture(delivery, readers, expected),
        ...own.flatMap((mail) => checkMail(context, mail, delivery, readers)),
      ].map(
        (violation) =>
          `delivery ${delivery.id} (batch ${delivery.batch_id}, position ${delivery.position}): ${violation}`,
      );
    }),
    ...(expected.events === 'all' ? await checkEvents(db, outboxDb, deliveries, mailsOf, readers) : []),
  ];
}

function checkBatch(batch: Row<'batches'>, isCancelled: boolean, { was_late }: Expectation): string[] {
  const ends = ['settled', ...(isCancelled ? ['cancelled'] : []), ...(was_late ? ['unknown'] : [])];
  return ends.includes(batch.status)
    ? []
    : [`batch ${batch.number} is ${batch.status} after ${batch.last_answer}`];
}

/** Every eligible reader has a delivery, and nobody else. */
function checkRecipients(deliveries: Delivery[], { eligible }: Readers): string[] {
  const prepared = new Set(deliveries.map(({ subscriber_id }) => subscriber_id));
  return [
    ...[...eligible.keys()].filter((id) => !prepared.has(id)).map((id) => `reader ${id} has no delivery`),
    ...[...prepared]
      .filter((id) => !eligible.has(id))
      .map((id) => `reader ${id} has a delivery but was not eligible`),
  ];
}

/** No address has two mails, and every mail belongs to a delivery. */
function checkMails(mails: Mail[], deliveries: Delivery[]): string[] {
  const ids = new Set(deliveries.map(({ id }) => id));
  const byAddress = Map.groupBy(mails, ({ to_addresses }) => to_addresses.join());
  return [
    ...[...byAddress]
      .filter(([, own]) => own.length > 1)
      .map(([to, { length }]) => `${to} has ${length} mails`),
    ...mails
      .filter((mail) => !ids.has(deliveryOf(mail)))
      .map(({ id }) => `mail ${id} belongs to no delivery`),
  ];
}

function checkStatus(
  { status, resend_id }: Delivery,
  mails: Mail[],
  isCancelled: boolean,
  { unknown, events }: Expectation,
): string[] {
  const [mail] = mails;
  if (status === 'unknown' && unknown) {
    return mails.length > 1 ? [`unknown with ${mails.length} mails`] : [];
  }
  if (MAILED.includes(status)) {
    return [
      ...(mails.length === 1 ? [] : [`${status} with ${mails.length} mails`]),
      ...(resend_id === mail?.id ? [] : [`resend_id ${resend_id}, but its mail is ${mail?.id}`]),
      ...(events === 'none' && status !== 'submitted' ? [`${status} before any event`] : []),
    ];
  }
  const isFinal = status === 'skipped' || (status === 'cancelled' && isCancelled);
  return [
    ...(isFinal ? [] : [`still ${status} at the end`]),
    ...(mails.length === 0 ? [] : [`${status} with ${mails.length} mails`]),
  ];
}

/** Readers who left before the claim get nothing; those who left after it get what the claim had frozen. */
function checkDeparture(
  { status, reason, subscriber_id }: Delivery,
  { departures }: Readers,
  { unknown }: Expectation,
): string[] {
  const departure = departures.get(subscriber_id);
  if (status === 'skipped') {
    return departure?.how === reason
      ? []
      : [`skipped as ${reason}, but the reader is ${departure?.how ?? 'active'}`];
  }
  const mayBeMailed =
    departure?.batch !== 'queued' || status === 'cancelled' || (status === 'unknown' && unknown);
  return mayBeMailed ? [] : [`${status}, but the reader was ${departure.how} before the claim`];
}

function checkMail(context: Context, mail: Mail, delivery: Delivery, { eligible }: Readers): string[] {
  const { linkKeys } = context;
  const { issue_id, subscriber_id } = delivery;
  const vote = verifyVoteToken(linkKeys, tokenIn(mail.html, '/v/'));
  const unsubscribe = tokenIn(mail.headers['List-Unsubscribe'], '/unsubscribe/');
  const isOwn =
    vote?.issue_id === issue_id &&
    vote.subscriber_id === subscriber_id &&
    verifySubscriberToken(linkKeys, 'unsubscribe', unsubscribe) === subscriber_id &&
    verifySubscriberToken(linkKeys, 'preferences', tokenIn(mail.text, '/preferences/')) === subscriber_id;
  return [
    ...(isOwn ? [] : ['the mail contains another reader’s links']),
    ...(mail.to_addresses.join() === eligible.get(subscriber_id)
      ? []
      : [`the mail went to ${mail.to_addresses.join()}`]),
  ];
}

/** Once every event has arrived: each status is that of the last event, and bounces and complaints stop the reader. */
async function checkEvents(
  db: Db,
  outboxDb: Db,
  deliveries: Delivery[],
  mailsOf: Map<number, Mail[]>,
  { departures }: Readers,
): Promise<string[]> {
  const subscribers = await db.selectFrom('subscribers').selectAll().execute();
  const subscriberOf = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  const webhooks = await outboxDb
    .selectFrom('outbox.webhooks')
    .select(['mail_id', 'svix_id', 'delivered_at'])
    .execute();
  const events = await db.selectFrom('delivery_events').select('svix_id').execute();
  const stored = new Set(events.map(({ svix_id }) => svix_id));
  const webhooksOf = Map.groupBy(webhooks, ({ mail_id }) => mail_id);
  return deliveries.flatMap(({ id, status, subscriber_id }) => {
    const [mail] = mailsOf.get(id) ?? [];
    const webhooks = mail ? (webhooksOf.get(mail.id) ?? []) : [];
    const last = mail && (webhooks.length > 0 ? eventsFor(mail.to_addresses.join()).at(-1) : 'submitted');
    const subscriber = subscriberOf.get(subscriber_id);
    const isErased = departures.get(subscriber_id)?.how === 'erased';
    const isStopped = subscriber?.suppressed_reason === last && subscriber?.status !== 'active';
    const lost = webhooks.filter(({ svix_id }) => !stored.has(svix_id));
    return [
      ...(last === undefined || status === last
        ? []
        : [`delivery ${id} is ${status}, but its last event was ${last}`]),
      ...(!stopsReader(last) || isErased || isStopped ? [] : [`reader ${subscriber_id} is not stopped`]),
      ...(isErased || lost.length === 0 ? [] : [`${lost.length} events of delivery ${id} were lost`]),
    ];
  });
}

/** Whether nothing more may be sent to the reader after this event. */
function stopsReader(event: string | undefined): boolean {
  return event === 'bounced' || event === 'complained' || event === 'suppressed';
}

function deliveryOf({ tags }: Mail): number {
  return Number((tags as { name: string; value: string }[]).find(({ name }) => name === 'delivery')?.value);
}

function tokenIn(text: string | null | undefined, path: string): string {
  return text?.split(path)[1]?.slice(0, 33) ?? '';
}
