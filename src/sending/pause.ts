import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { AppError } from '../errors.ts';
import { type Issue, lockIssue } from '../issues/issue.ts';
import { moveIssue } from '../issues/status.ts';
import type { IssueStatus } from '../schema.ts';
import { tellStaff } from '../staff-notices.ts';
import type { Week } from '../week.ts';
import { finishIssueWhenDone } from './finish.ts';
import { enqueueBatches } from './prepare.ts';

/** No further batch of the issue goes out; those under way are finished after it is resumed. */
export async function pauseIssue(context: Context, week: Week, reason: string): Promise<void> {
  await change(context, week, ['sending'], async (tx, issue) => {
    await moveIssue(tx, issue.id, ['sending'], 'paused', context.now(), reason);
  });
}

export async function resumeIssue(context: Context, week: Week): Promise<void> {
  await change(context, week, ['paused'], async (tx, issue) => {
    await moveIssue(tx, issue.id, ['paused'], 'sending', context.now());
    await enqueueBatches(context, tx, issue.id);
    await finishIssueWhenDone(tx, issue.id, context.now());
  });
}

/** Whoever has not been tried yet gets nothing; batches under way keep their outcome open until it is known. */
export async function cancelIssue(context: Context, week: Week): Promise<void> {
  await change(context, week, ['draft', 'approved', 'held', 'sending', 'paused'], async (tx, issue) => {
    const now = context.now();
    await tx
      .updateTable('batches')
      .set({ status: 'cancelled', settled_at: now })
      .where('issue_id', '=', issue.id)
      .where('status', '=', 'queued')
      .execute();
    await tx
      .updateTable('deliveries')
      .from('batches')
      .whereRef('batches.id', '=', 'deliveries.batch_id')
      .where('batches.issue_id', '=', issue.id)
      .where('batches.status', '=', 'cancelled')
      .where('deliveries.status', 'in', ['queued', 'submitting'])
      .set({ status: 'cancelled', cancelled_at: now, email: null })
      .execute();
    await moveIssue(tx, issue.id, [issue.status], 'cancelled', now);
    await enqueueBatches(context, tx, issue.id);
  });
}

/** Pauses because of what the provider answered; staff are told once per reason. */
export async function pauseIssueFor(
  context: Context,
  tx: Tx,
  issueId: number,
  reason: string,
): Promise<void> {
  const week = await moveIssue(tx, issueId, ['sending'], 'paused', context.now(), reason);
  if (week) {
    await tellStaff(
      context,
      tx,
      `paused ${week} ${reason}`,
      `Sending of ${week} is paused: ${reason}. Mend it, then \`verdicts issue resume ${week}\`.`,
    );
  }
}

async function change(
  { db }: Context,
  week: Week,
  from: readonly IssueStatus[],
  act: (tx: Tx, issue: Issue) => Promise<void>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!from.includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${issue.status}; it would have to be ${from.join(' or ')}.`,
      );
    }
    await act(tx, issue);
  });
}
