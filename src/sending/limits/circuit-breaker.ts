import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { moveIssue } from '../../issues/record/status.ts';
import { maskAddresses } from '../../log.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';

/** Resend refuses our key, domain or account: every issue pauses, every lane closes, and staff are told once. */
export async function tripCircuitBreaker(context: Context, tx: Tx, reason: string): Promise<void> {
  const now = context.now();
  // Issues before the rate, as whoever resumes one locks them.
  const issues = await tx
    .selectFrom('issues')
    .select('id')
    .where('status', '=', 'sending')
    .orderBy('id')
    .execute();
  for (const { id } of issues) {
    await moveIssue(tx, id, ['sending'], 'paused', now, { reason });
  }
  const stopped = await tx
    .updateTable('send_rate')
    .set({ stopped_at: now, stopped_reason: reason, probed_at: sql`clock_timestamp()` })
    .where('stopped_at', 'is', null)
    .returning('stopped_at')
    .executeTakeFirst();
  if (stopped) {
    await notifyStaff(context, tx, `stopped ${now.toISOString()}`, {
      title: 'Stopped: nothing is sent any more',
      message:
        `Nothing is sent any more: ${maskAddresses(reason)}. Mend it at Resend or in the settings, then ` +
        '`verdicts issue resume ISSUE` for what is paused; other mails are tried once a minute.',
    });
  }
}

/** A call was accepted, or staff say that it is mended. */
export async function resetCircuitBreaker(db: Db | Tx): Promise<void> {
  await db
    .updateTable('send_rate')
    .set({ stopped_at: null, stopped_reason: null, probed_at: null })
    .where('stopped_at', 'is not', null)
    .execute();
}
