import type { Context } from '../../src/context.ts';
import { updateRecaps } from '../../src/issues/decide/update-recaps.ts';
import { votingEndsAt } from '../../src/issues/record/send-time.ts';
import type { Jobs } from '../../src/queue/queue.ts';
import { closeVoting, listOpenIssues, type OpenIssue } from '../../src/votes/close/close.ts';

/** Closes the issues whose voting has ended: at a time of SCHEDULE_CLOSE, and not before the time that their mails name. */
export async function closeVotingJob(context: Context, { before_week }: Jobs['close-voting']): Promise<void> {
  for (const { week } of await listIssuesToClose(context, before_week)) {
    const issue = { installation: context.installation.id, week };
    await context.tracing.traceIssue(issue, 'close voting', () => closeVoting(context, week));
    context.log.info({ week }, 'voting closed');
  }
  // Even if this job has closed none: an interrupted one may have.
  const updated = await updateRecaps(context);
  if (updated.length > 0) {
    context.log.info({ weeks: updated }, 'drafts got the result of the last issue');
  }
}

/** Issues whose voting has ended and whose votes are still to be counted, of weeks before `before`. */
export async function listIssuesToClose(context: Context, before = '9999-W01'): Promise<OpenIssue[]> {
  const open = await listOpenIssues(context, before);
  return open.filter((issue) => hasEnded(context, issue));
}

function hasEnded(
  { config, now }: Context,
  { week, prepared_at, voting_closed_at, votes_until }: OpenIssue,
): boolean {
  return (
    voting_closed_at !== null ||
    (prepared_at !== null && votingEndsAt(config, { week, prepared_at, votes_until }) <= now())
  );
}
