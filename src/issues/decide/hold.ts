import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { describeFinding } from '../check/finding.ts';
import { describeChange, listChangedFacts } from '../facts/changed-facts.ts';
import { lockIssue } from '../record/issue.ts';
import { isOverdue } from '../record/send-time.ts';
import { acceptChangedFacts, FACTS_CHANGED } from './changed-facts.ts';

/** Prevents a draft or approved issue from being sent at its scheduled time. */
export async function holdIssue({ db, now }: Context, week: Week, reason: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${issue.status}; only a draft or approved one can be held.`,
      );
    }
    await tx
      .updateTable('issues')
      .set({ status: 'held', status_reason: reason, held_at: now() })
      .where('id', '=', issue.id)
      .execute();
  });
}

/**
 * Restores the status that the issue had before it was held. Changed facts keep an approved issue held unless `despite` says
 * why it goes out as it was approved, and a send time whose week is over keeps any.
 */
export async function releaseIssue(
  { config, db, now }: Context,
  week: Week,
  despite?: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.status !== 'held') {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${issue.status}; only a held one can be released.`,
      );
    }
    if (isOverdue(config, issue, now())) {
      throw new AppError(
        'refused',
        `The issue of ${week} stays held: the week in which it was to go out is over. Send it now, or move it to another time and release it then.`,
      );
    }
    const changes = issue.approved_at ? (await listChangedFacts(tx, issue)).map(describeChange) : [];
    if (changes.length > 0 && !despite) {
      throw new AppError(
        'refused',
        `The issue of ${week} stays held: ${FACTS_CHANGED}. Take the new facts, or release it with a reason.`,
        changes.map(({ what }) => what),
      );
    }
    if (changes.length > 0) {
      await acceptChangedFacts(tx, issue);
    }
    await tx
      .updateTable('issues')
      .set({
        status: issue.approved_at ? 'approved' : 'draft',
        status_reason: null,
        held_at: null,
        ...(changes.length > 0
          ? { approved_despite: [despite, ...changes.map(describeFinding)].join('\n') }
          : {}),
      })
      .where('id', '=', issue.id)
      .execute();
  });
}
