import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Row } from '../../database/schema.ts';
import { pauseIfTooManyBouncesOrComplaints } from '../control/pause-if-too-many-bounces-or-complaints.ts';
import { type IssueLane, pauseAfterHalt } from '../control/pause-after-halt.ts';
import { nextQuotaRetryAt } from '../rules/batch-outcome.ts';
import { isQuotaFailure, type ResendEvent } from './read-event.ts';

/** Pauses sending if this event is a reason to. In a separate transaction: an issue must be locked before its deliveries, never after them. */
export async function haltSending(
  context: Context,
  { issue_id, batch_id }: Row<'deliveries'>,
  event: ResendEvent,
): Promise<void> {
  const isBounceOrComplaint = event.type === 'email.bounced' || event.type === 'email.complained';
  if (!isBounceOrComplaint && !isQuotaFailure(event)) {
    return;
  }
  const { lane } = await context.db
    .selectFrom('batches')
    .select('lane')
    .where('id', '=', batch_id)
    .executeTakeFirstOrThrow();
  if (!isBounceOrComplaint && (await wasResumedSince(context.db, { issue_id, lane }, event.created_at))) {
    return;
  }
  if (isBounceOrComplaint) {
    await pauseIfTooManyBouncesOrComplaints(context, { issue_id, lane });
  } else {
    const reason = `Resend reported ${event.data.failed?.reason} for mails it had accepted`;
    const halt = { reason, resume_at: nextQuotaRetryAt(context.now()), is_general: false };
    await context.db.transaction().execute((tx) => pauseAfterHalt(context, tx, { issue_id, lane }, halt));
  }
}

/** Events come hours late: a quota that has reset since, or that staff have enlarged, is no longer reached. */
async function wasResumedSince(db: Context['db'], { issue_id, lane }: IssueLane, at: Date): Promise<boolean> {
  const { rows } = await sql<{ resumed_at: Date | null }>`
    select greatest(resumed_at, (select max(resumed_at) from send_rate where id = ${lane}::smallint)) as resumed_at
    from issues where id = ${issue_id}`.execute(db);
  const resumed_at = rows[0]?.resumed_at;
  return resumed_at !== null && resumed_at !== undefined && resumed_at > at;
}
