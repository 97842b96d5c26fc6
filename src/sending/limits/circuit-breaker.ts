import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import { maskAddresses } from '../../errors.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';

/**
 * Called when Resend rejects the key, domain or account of the only lane: pauses every issue, stops letters, too, and notifies staff
 * once.
 */
export async function tripCircuitBreaker(context: Context, tx: Tx, reason: string): Promise<void> {
  const now = context.now();
  // Issues before `send_rate`: resuming an issue locks them in the same order.
  const issues = await tx
    .selectFrom('issues')
    .select('id')
    .where('status', '=', 'sending')
    .orderBy('id')
    .execute();
  for (const { id } of issues) {
    await transitionIssue(tx, id, ['sending'], 'paused', now, { reason });
  }
  const stopped = await tx
    .updateTable('send_rate')
    .set({ stopped_at: now, stopped_reason: reason, probed_at: sql`clock_timestamp()` })
    .where('id', '=', FIRST_LANE)
    .where('stopped_at', 'is', null)
    .returning('stopped_at')
    .executeTakeFirst();
  if (stopped) {
    await notifyStaff(context, tx, `stopped ${now.toISOString()}`, {
      title: 'Stopped: nothing is being sent',
      message:
        `Nothing is being sent: ${maskAddresses(reason)}. Fix it at Resend or in the settings, then run ` +
        '`verdicts issue resume ISSUE` for each paused issue; other mails are retried once a minute.',
    });
  }
}

/** All letters go through it, and everything else if there are no further lanes. */
const FIRST_LANE = 1;

/** Called after a probe was accepted, or when staff resume an issue. */
export async function resetCircuitBreaker(db: Db | Tx): Promise<void> {
  await db
    .updateTable('send_rate')
    .set({ stopped_at: null, stopped_reason: null, probed_at: null })
    .where('id', '=', FIRST_LANE)
    .where('stopped_at', 'is not', null)
    .execute();
}
