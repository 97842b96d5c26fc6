import { sql } from 'kysely';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { votingEndsAt } from '../../issues/record/send-time.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';

export interface SendingIssue {
  issue_id: number;
  prepared_at: Date | null;
  /** When it was last resumed; staff may do that with an issue that is late. */
  resumed_at: Date | null;
  /** Set once voting has closed. */
  voting_closed_at: Date | null;
}

const cachedEnd = cachePerScope<Date>({ max: 100 });

/**
 * Whether voting has ended while part of the issue, whose mail announces that end, has yet to go out. The rest goes out
 * only if staff resume the issue after the end.
 */
export async function isUnsentAfterVotingEnded(context: Context, issue: SendingIssue): Promise<boolean> {
  const { issue_id, prepared_at, resumed_at, voting_closed_at } = issue;
  if (!prepared_at) {
    return false;
  }
  const ends_at = voting_closed_at ?? (await findEnd(context, issue_id, prepared_at));
  return ends_at <= context.now() && (resumed_at === null || resumed_at < ends_at);
}

/** Cached, because it is needed before each batch and is the same for all batches of an issue. */
function findEnd({ config, db }: Context, issueId: number, prepared_at: Date): Promise<Date> {
  return cachedEnd(config, `${issueId} ${prepared_at.getTime()}`, async () => {
    const { week, votes_until } = await db
      .selectFrom('issues')
      .select(['week', sql<string>`content ->> 'votes_until'`.as('votes_until')])
      .where('id', '=', issueId)
      .executeTakeFirstOrThrow();
    return votingEndsAt(config, { week, prepared_at, votes_until });
  });
}

/** Pauses what is left of a late issue until staff decide, and tells them once. */
export async function pauseAfterVotingEnded(context: Context, issueId: number): Promise<void> {
  await context.db.transaction().execute((tx) => pauseUntilStaffDecide(context, tx, issueId));
}

/** The same inside a transaction that has locked the issue, also for one that would resume by itself. */
export async function pauseUntilStaffDecide(context: Context, tx: Tx, issueId: number): Promise<void> {
  const reason = 'not all of it was sent before voting on it ended';
  const week = await transitionIssue(tx, issueId, ['sending', 'paused'], 'paused', context.now(), { reason });
  if (week) {
    await notifyStaff(context, tx, `late ${week}`, {
      title: `Paused: issue of ${week}`,
      message:
        `Voting on the issue of ${week} has ended, but part of it has not gone out, and its mail says that voting is still open. ` +
        `\`verdicts issue resume ${week}\` sends the rest anyway, \`verdicts issue cancel ${week}\` drops it.`,
      week,
    });
  }
}
