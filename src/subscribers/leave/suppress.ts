import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';

/**
 * `bouncing`: transient bounces in several issues on end. `inactive`: no sign for long; they may come back. `copied`: the
 * reader of another installation, whose database this one was copied from.
 */
export type SuppressionReason = 'bounced' | 'bouncing' | 'complained' | 'suppressed' | 'inactive' | 'copied';

/** Nobody gets anything from this database any more, and wishes for other addresses are gone. Returns how many it stops. */
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
 * We stop, not they: nothing goes to this reader any more. Whoever left before keeps that status, but cannot come back
 * by undo or sign-up either. A complaint weighs more than any other reason, and silence less.
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
