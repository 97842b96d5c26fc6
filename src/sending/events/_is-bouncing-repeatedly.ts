import { sql, type SqlBool } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import { isPermanent } from './read-event.ts';

const CONSECUTIVE_ISSUES = 3;

/** Whether each of the last three issues sent to a reader's present address had a transient bounce. */
export async function isBouncingRepeatedly(tx: Tx, subscriberId: number): Promise<boolean> {
  const last = await tx
    .selectFrom('deliveries')
    .select(['status', 'reason'])
    .where('subscriber_id', '=', subscriberId)
    .where('status', 'not in', ['queued', 'skipped', 'rejected', 'cancelled'])
    .where(
      sql<SqlBool>`not exists (
        select from address_changes as change
        where change.subscriber_id = deliveries.subscriber_id and confirmed_at > coalesce(submitting_at, submitted_at))`,
    )
    .orderBy('issue_id', 'desc')
    .limit(CONSECUTIVE_ISSUES)
    .execute();
  return (
    last.length === CONSECUTIVE_ISSUES &&
    last.every(({ status, reason }) => status === 'bounced' && !isPermanent(reason))
  );
}
