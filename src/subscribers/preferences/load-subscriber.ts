import type { Db } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import { type ConsentRecord, loadConsentRecord } from '../join/consent-record.ts';
import { listPastDeliveries, type PastDelivery } from '../../past/past-deliveries.ts';
import { getByAddress } from '../address/find-by-address.ts';

export type ShownSubscriber = Row<'subscribers'> & {
  /** `email` is blank once the change is confirmed, since the address is then the subscriber's own. */
  address_changes: Pick<Row<'address_changes'>, 'email' | 'requested_at' | 'confirmed_at'>[];
  deliveries: ShownDelivery[];
} & ConsentRecord;

/** For a past issue, only what became of the mail is known: its status, and whether it was opened or clicked. */
export type ShownDelivery =
  | Awaited<ReturnType<typeof listRecentDeliveries>>[number]
  | (PastDelivery & { reason: null; submitted_at: null });

/** A subscriber and their deliveries, newest week first. Throws `not_found`. */
export async function getSubscriberRecord(db: Db, email: string): Promise<ShownSubscriber> {
  const subscriber = await getByAddress(db, email);
  return withHistory(db, subscriber);
}

export async function findSubscriberRecord(db: Db, id: number): Promise<ShownSubscriber | undefined> {
  const subscriber = await db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst();
  return subscriber && withHistory(db, subscriber);
}

async function withHistory(db: Db, subscriber: Row<'subscribers'>): Promise<ShownSubscriber> {
  const address_changes = await db
    .selectFrom('address_changes')
    .select(['email', 'requested_at', 'confirmed_at'])
    .where('subscriber_id', '=', subscriber.id)
    .orderBy('id')
    .execute();
  return {
    ...subscriber,
    ...(await loadConsentRecord(db, subscriber.id)),
    address_changes,
    deliveries: await listDeliveries(db, subscriber.id),
  };
}

async function listDeliveries(db: Db, subscriberId: number): Promise<ShownDelivery[]> {
  const past = await listPastDeliveries(db, subscriberId);
  return [
    ...(await listRecentDeliveries(db, subscriberId)),
    ...past.map((delivery) => ({ ...delivery, reason: null, submitted_at: null })),
  ];
}

function listRecentDeliveries(db: Db, subscriberId: number) {
  return db
    .selectFrom('deliveries')
    .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
    .select(['issues.week', 'deliveries.status', 'reason', 'resend_id', 'queued_at', 'submitting_at'])
    .select(['submitted_at', 'delivered_at', 'delayed_at', 'bounced_at', 'complained_at', 'suppressed_at'])
    .select(['failed_at', 'skipped_at', 'rejected_at', 'unknown_at', 'deliveries.cancelled_at'])
    .select(['opened_at', 'clicked_at'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('issues.week', 'desc')
    .execute();
}
