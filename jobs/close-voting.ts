import type { Context } from '../src/context.ts';
import type { Jobs } from '../src/queue/queue.ts';
import { closeVoting, listOpenWeeks } from '../src/votes/close/close.ts';

export async function closeVotingJob(context: Context, { before_week }: Jobs['close-voting']): Promise<void> {
  for (const week of await listOpenWeeks(context, before_week)) {
    const issue = { installation: context.installation.id, week };
    await context.tracing.traceIssue(issue, 'close voting', () => closeVoting(context, week));
    context.log.info({ week }, 'voting closed');
  }
}
