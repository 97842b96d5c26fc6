import type { Context } from '../src/context.ts';
import type { Jobs } from '../src/queue/queue.ts';
import { closeVoting, listOpenWeeks } from '../src/votes/close/close.ts';

export async function closeVotingJob(context: Context, { before_week }: Jobs['close-voting']): Promise<void> {
  for (const week of await listOpenWeeks(context, before_week)) {
    await closeVoting(context, week);
    context.log.info({ week }, 'voting closed');
  }
}
