import type { Context } from '../src/context.ts';
import { closingTimeOf, promisedClosingDay } from '../src/issues/record/send-time.ts';
import type { Jobs } from '../src/queue/queue.ts';
import { closeVoting, listOpenIssues, type OpenIssue } from '../src/votes/close/close.ts';

/** Closes the issues whose voting has ended: at a time of SCHEDULE_CLOSE, and not before the day that their mails name. */
export async function closeVotingJob(context: Context, { before_week }: Jobs['close-voting']): Promise<void> {
  const open = await listOpenIssues(context, before_week);
  for (const { week } of open.filter((issue) => hasEnded(context, issue))) {
    const issue = { installation: context.installation.id, week };
    await context.tracing.traceIssue(issue, 'close voting', () => closeVoting(context, week));
    context.log.info({ week }, 'voting closed');
  }
}

function hasEnded(
  { config, now }: Context,
  { week, prepared_at, voting_closed_at, votes_until }: OpenIssue,
): boolean {
  if (voting_closed_at || !prepared_at) {
    return voting_closed_at !== null;
  }
  const promised = promisedClosingDay(votes_until, prepared_at, config.timezone);
  const begins = promised?.toZonedDateTime(config.timezone).epochMilliseconds ?? 0;
  return closingTimeOf(config, week, prepared_at) <= now() && begins <= now().getTime();
}
