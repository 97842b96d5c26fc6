import type { Tx } from '../../database/connect.ts';
import { isPermanent } from './read-event.ts';

const CONSECUTIVE_ISSUES = 3;

/** Whether each of the last three issues sent to a reader had a transient bounce. */
export async function isBouncingRepeatedly(tx: Tx, subscriberId: number): Promise<boolean> {
  const last = await tx
    .selectFrom('deliveries')
    .select(['status', 'reason'])
    .where('subscriber_id', '=', subscriberId)
    .where('status', 'not in', ['queued', 'skipped', 'rejected', 'cancelled'])
    .orderBy('issue_id', 'desc')
    .limit(CONSECUTIVE_ISSUES)
    .execute();
  return (
    last.length === CONSECUTIVE_ISSUES &&
    last.every(({ status, reason }) => status === 'bounced' && !isPermanent(reason))
  );
}
