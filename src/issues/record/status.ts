import { sql, type SqlBool } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { IssueStatus } from '../../database/schema.ts';

const TIMESTAMP_COLUMNS = { sending: 'prepared_at', sent: 'sent_at', cancelled: 'cancelled_at' } as const;

/**
 * Moves an issue to the status `to` if its status is one of `from`; returns its week if it was moved. A paused issue
 * with `resume_at` resumes automatically at that time.
 */
export async function transitionIssue(
  tx: Tx,
  issueId: number,
  from: readonly IssueStatus[],
  to: Exclude<IssueStatus, 'draft' | 'approved' | 'held'>,
  at: Date,
  { reason = null, resume_at = null }: { reason?: string | null; resume_at?: Date | null } = {},
): Promise<string | undefined> {
  const column = to === 'paused' ? undefined : TIMESTAMP_COLUMNS[to];
  const moved = await tx
    .updateTable('issues')
    .set(({ fn, val, ref }) => ({
      status: to,
      status_reason: reason,
      resume_at,
      ...(to === 'sending' ? { resumed_at: at } : {}),
      // The first timestamp is kept: a resumed issue keeps the time at which it was prepared.
      ...(column ? { [column]: fn.coalesce(ref(column), val(at)) } : {}),
    }))
    .where('id', '=', issueId)
    .where('status', 'in', from)
    .returning('week')
    .executeTakeFirst();
  return moved?.week;
}

/** The opposite of `isSkipped`, in SQL: an issue that was cancelled after a part of it had gone out was not skipped. */
export function isNotSkipped() {
  return sql<SqlBool>`not (issues.status = 'cancelled' and issues.prepared_at is null)`;
}

/** Skipped: cancelled before any of it was handed to Resend, so nobody got it. An issue that was prepared by then is no longer. */
export function isSkipped({ status, prepared_at }: { status: string; prepared_at: Date | null }): boolean {
  return status === 'cancelled' && prepared_at === null;
}

/** The status in a sentence: "The issue of 2026-W48 is skipped". */
export function nameOfStatus(issue: { status: IssueStatus; prepared_at: Date | null }): string {
  return isSkipped(issue) ? 'skipped' : issue.status === 'draft' ? 'a draft' : issue.status;
}
