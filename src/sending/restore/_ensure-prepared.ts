import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { findIssue, type Issue } from '../../issues/record/issue.ts';
import { isSkipped, transitionIssue } from '../../issues/record/status.ts';
import type { Week } from '../../week.ts';
import { prepareWithoutMoveCheck } from '../prepare/prepare-issue.ts';

/** `approved_by` of an issue that went out, but that the restored database has as unapproved. */
const RESTORED = 'restored';

/**
 * An issue that went out had been approved and prepared; whichever of the two this database lacks is done again.
 * Undefined if the week's issue is missing or skipped here: it is lost.
 */
export async function ensurePrepared(context: Context, week: Week): Promise<Issue | undefined> {
  const issue = await findIssue(context.db, week);
  if (!issue || isSkipped(issue)) {
    return undefined;
  }
  const isUnreviewed =
    !issue.approved_at ||
    // Approved by an earlier run of this, interrupted or not, after which staff have not resumed the issue.
    (issue.approved_by === RESTORED && !wasResumed(issue));
  if (!issue.prepared_at) {
    if (!issue.approved_at) {
      await approveIssue(context, week, RESTORED, {
        despite: 'it went out before this database was restored',
      });
    }
    await context.db
      .updateTable('issues')
      .set({ status: 'approved', status_reason: null, held_at: null })
      .where('id', '=', issue.id)
      .execute();
    // Nobody waits for a morning: Resend must recognize readers who have it already while it remembers the key.
    await prepareWithoutMoveCheck(context, week, { atOnce: true });
  }
  if (isUnreviewed) {
    // The version that went out may differ from this draft.
    const reason = 'part of it went out before the database was restored; check it, then resume or cancel';
    await context.db
      .transaction()
      .execute((tx) => transitionIssue(tx, issue.id, ['sending'], 'paused', context.now(), { reason }));
  }
  return issue;
}

function wasResumed({ prepared_at, resumed_at }: Issue): boolean {
  return prepared_at !== null && resumed_at !== null && resumed_at > prepared_at;
}

/** The weeks whose issue `ensurePrepared` has paused and staff have not resumed. */
export async function listPausedForReview(db: Db): Promise<Week[]> {
  const paused = await db
    .selectFrom('issues')
    .select('week')
    .where('status', '=', 'paused')
    .where('approved_by', '=', RESTORED)
    .where((eb) => eb.or([eb('resumed_at', 'is', null), eb('resumed_at', '<=', eb.ref('prepared_at'))]))
    .orderBy('week')
    .execute();
  return paused.map(({ week }) => week);
}
