import type { Tx } from '../../database/connect.ts';
import type { IssueStatus } from '../../database/schema.ts';

const STAMPS = { sending: 'prepared_at', sent: 'sent_at', cancelled: 'cancelled_at' } as const;

/**
 * Moves an issue on if it stands at one of `from`; returns its week if it did. A paused issue with `resume_at` goes on
 * by itself at that time.
 */
export async function moveIssue(
  tx: Tx,
  issueId: number,
  from: readonly IssueStatus[],
  to: Exclude<IssueStatus, 'draft' | 'approved' | 'held'>,
  at: Date,
  { reason = null, resume_at = null }: { reason?: string | null; resume_at?: Date | null } = {},
): Promise<string | undefined> {
  const stamp = to === 'paused' ? undefined : STAMPS[to];
  const moved = await tx
    .updateTable('issues')
    .set(({ fn, val, ref }) => ({
      status: to,
      status_reason: reason,
      resume_at,
      ...(to === 'sending' ? { resumed_at: at } : {}),
      // The first time counts: an issue that is resumed keeps its time of preparing.
      ...(stamp ? { [stamp]: fn.coalesce(ref(stamp), val(at)) } : {}),
    }))
    .where('id', '=', issueId)
    .where('status', 'in', from)
    .returning('week')
    .executeTakeFirst();
  return moved?.week;
}
