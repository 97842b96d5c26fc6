import type { Context } from '../../context.ts';
import { lockIssue } from '../../issues/record/issue.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import type { Week } from '../../week.ts';
import { finishIssueWhenDone } from '../deliveries/finish-issue.ts';
import { enqueueBatches } from '../prepare/prepare-issue.ts';
import { hasSeveralLanes } from '../lanes/lanes.ts';
import { isUnsentAfterVotingEnded, pauseUntilStaffDecide } from './pause-after-voting-ended.ts';
import { resetCircuitBreaker } from '../limits/circuit-breaker.ts';
import { changeIssue } from './_change-issue.ts';

export async function resumeIssue(context: Context, week: Week): Promise<void> {
  const id = await changeIssue(context, week, ['paused'], async (tx, issue) => {
    await transitionIssue(tx, issue.id, ['paused'], 'sending', context.now());
    if (!hasSeveralLanes(context.config)) {
      await resetCircuitBreaker(tx);
    }
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('resuming');
  });
  await finishIssueWhenDone(context, id);
}

/** Resumes issues whose quota or ceiling has reset; of several concurrent processes only one does it. */
export async function resumeDueIssues(context: Context): Promise<void> {
  const due = await context.db
    .selectFrom('issues')
    .select(['id', 'week'])
    .where('status', '=', 'paused')
    .where('resume_at', '<=', context.now())
    .orderBy('id')
    .execute();
  for (const { id, week } of due) {
    await context.db.transaction().execute(async (tx) => {
      const issue = await lockIssue(tx, week);
      const isDue = issue.status === 'paused' && issue.resume_at !== null && issue.resume_at <= context.now();
      if (isDue && (await isUnsentAfterVotingEnded(context, { ...issue, issue_id: id }))) {
        await pauseUntilStaffDecide(context, tx, id);
      } else if (isDue) {
        await transitionIssue(tx, id, ['paused'], 'sending', context.now());
        await enqueueBatches(context, tx, id);
        context.log.info({ week }, 'sending resumed');
      }
    });
    await finishIssueWhenDone(context, id);
  }
}
