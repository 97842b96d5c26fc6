import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';

/**
 * `bouncing`: transient bounces in several consecutive issues. `inactive`: no engagement for a long time; they may come
 * back. `by staff`: staff decided so, in the studio or on the command line. `copied`: a reader of the installation whose database this is a
 * copy of.
 */
export type SuppressionReason =
  | 'bounced'
  | 'bouncing'
  | 'complained'
  | 'suppressed'
  | 'inactive'
  | 'copied'
  | 'by staff';

/**
 * Suppresses every subscriber and deletes pending address changes, so that this database sends no mail. Returns the
 * number of subscribers.
 */
export async function suppressEverybody(tx: Tx, reason: SuppressionReason, at: Date): Promise<number> {
  await tx.deleteFrom('address_changes').where('confirmed_at', 'is', null).execute();
  const { numUpdatedRows } = await tx
    .updateTable('subscribers')
    .set({
      status: sql`case when status = 'unsubscribed' then status else 'suppressed' end`,
      suppressed_at: sql`coalesce(suppressed_at, ${at})`,
      suppressed_reason: sql`coalesce(nullif(suppressed_reason, 'inactive'), ${reason})`,
    })
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * Stops all mail to this reader on our side. A reader who had already unsubscribed keeps that status, but cannot come
 * back by undo or sign-up. `complained` overrides any other reason, and any other reason overrides `inactive`.
 */
export async function suppressSubscriber(
  tx: Tx,
  subscriberId: number,
  reason: SuppressionReason,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('subscribers')
    .set({
      status: sql`case when status in ('active', 'pending') then 'suppressed' else status end`,
      suppressed_at: sql`coalesce(suppressed_at, ${at})`,
      suppressed_reason:
        reason === 'complained' ? reason : sql`coalesce(nullif(suppressed_reason, 'inactive'), ${reason})`,
    })
    .where('id', '=', subscriberId)
    .execute();
}
