import { sql } from 'kysely';
import type { Tx } from '../database.ts';

/** `bouncing`: transient bounces in several issues on end. `inactive`: no sign for long; they may come back. */
export type SuppressionReason = 'bounced' | 'bouncing' | 'complained' | 'suppressed' | 'inactive';

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
