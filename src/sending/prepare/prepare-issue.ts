import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { lockIssue } from '../../issues/record/issue.ts';
import { wasMissed } from '../../issues/decide/hold.ts';
import { correctClosing } from '../../issues/decide/approve.ts';
import { requireCurrentFacts } from '../../issues/decide/hold-changed-issues.ts';
import { nameOfStatus, transitionIssue } from '../../issues/record/status.ts';
import { requireUnmoved } from '../../installation/identity.ts';
import { enqueue } from '../../queue/queue.ts';
import type { Week } from '../../week.ts';
import { freezeRecipients } from './freeze-recipients.ts';
import { batchQueueOf } from '../lanes/lanes.ts';
import { isLanePaused } from '../lanes/is-lane-paused.ts';
import { finishIssueWhenDone } from '../deliveries/finish-issue.ts';

const JOBS_AT_ONCE = 5_000;

/**
 * Freezes the recipients of an approved issue in batches of up to 100 and enqueues one job per batch, in one transaction.
 * Recipients are the readers who are active and not paused now. Returns their number, or undefined if nothing was done: the issue was prepared
 * before or, with `isScheduled`, its send time has just been moved to later. With `isSentAtOnce`, also an issue that is held only
 * because it missed its time: the timetable may have held it once more since staff released it. Throws `refused`, and holds the issue, if its facts have changed
 * since its approval.
 */
export async function prepareIssue(
  context: Context,
  week: Week,
  { isScheduled = false, isSentAtOnce = false }: { isScheduled?: boolean; isSentAtOnce?: boolean } = {},
): Promise<number | undefined> {
  await requireUnmoved(context.db);
  await requireCurrentFacts(context, week);
  return prepareWithoutMoveCheck(context, week, { atOnce: false, isScheduled, isSentAtOnce });
}

/** `prepareIssue` without its checks, for `verdicts restored`. `atOnce`: nobody waits for their own morning, and the closing time stays as it was approved. */
export async function prepareWithoutMoveCheck(
  context: Context,
  week: Week,
  options: { atOnce: boolean; isScheduled?: boolean; isSentAtOnce?: boolean },
): Promise<number | undefined> {
  const { id, readers } = await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.prepared_at) {
      return { id: issue.id, readers: undefined };
    }
    const isMissed = options.isSentAtOnce === true && issue.approved_at !== null && wasMissed(issue);
    if (issue.status !== 'approved' && !isMissed) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; approve it before sending.`,
      );
    }
    const now = context.now();
    if (options.isScheduled && issue.send_at && issue.send_at > now) {
      return { id: issue.id, readers: undefined };
    }
    // In a database that was moved, some readers have it already.
    const corrected = options.atOnce ? issue : await correctClosing(context, tx, issue);
    const readers = await freezeRecipients(context, tx, corrected, now, options);
    await context.failpoint('recipients frozen');
    await tx
      .updateTable('issues')
      .set({ held_at: null })
      .where('id', '=', issue.id)
      .where('held_at', 'is not', null)
      .execute();
    await transitionIssue(tx, issue.id, ['approved', 'held'], 'sending', now);
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('batches enqueued');
    return { id: issue.id, readers };
  });
  await finishIssueWhenDone(context, id);
  return readers;
}

/**
 * Enqueues one job for every batch with work left that is due, in order and in its lane's queue; batches that have a job keep it. The
 * timetable enqueues those of readers' own mornings when they are due, and those of a paused lane when it is resumed.
 */
export async function enqueueBatches({ boss, config, now }: Context, tx: Tx, issueId: number): Promise<void> {
  let last = -1;
  for (;;) {
    const batches = await tx
      .selectFrom('batches')
      .select(['id', 'number', 'lane'])
      .where('issue_id', '=', issueId)
      .where('status', 'in', ['queued', 'submitting'])
      .where('number', '>', last)
      .where(({ eb, or }) => or([eb('send_at', 'is', null), eb('send_at', '<=', now())]))
      .where(({ eb, or, not }) => or([eb('status', '=', 'submitting'), not(isLanePaused(config))]))
      .orderBy('number')
      .limit(JOBS_AT_ONCE)
      .execute();
    if (batches.length === 0) {
      return;
    }
    for (const [queue, ofQueue] of Map.groupBy(batches, ({ lane }) => batchQueueOf(lane))) {
      const jobs = ofQueue.map(({ id, number }) => ({
        key: String(id),
        data: { batch_id: id },
        priority: -number,
      }));
      await enqueue(boss, tx, queue, jobs);
    }
    last = batches.at(-1)!.number;
  }
}
