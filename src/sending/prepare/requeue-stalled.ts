import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { isLanePaused } from '../lanes/is-lane-paused.ts';
import { BATCH_QUEUES } from '../../queue/queue.ts';
import { finishIssueWhenDone } from '../deliveries/finish-issue.ts';
import { enqueueBatches } from './prepare-issue.ts';

/**
 * Enqueues the batches of issues that have a due batch with work left but no job: a morning that readers chose has
 * come, a lane was resumed, or the issue was resumed just as an old job found it paused, so that the new job was
 * dropped because the old one was still running.
 */
export async function requeueStalled(context: Context): Promise<void> {
  // The conditions on jobs match pg-boss's index for exclusive queues. With offset 0 each batch is looked up in it: before the
  // first statistics about an issue's jobs, the planner would compare every batch with every job.
  const { rows } = await sql<{ id: number; week: string }>`
    select id, week from issues
    where exists (
      select from batches where issue_id = issues.id and status in ('queued', 'submitting')
        and (status = 'submitting' or (issues.status = 'sending' and not ${isLanePaused(context.config)})) and (batches.send_at is null or batches.send_at <= ${context.now()})
        and not exists (
          select from pgboss.job where name = any(${Object.values(BATCH_QUEUES)}) and policy = 'exclusive' and state <= 'active'
            and coalesce(singleton_key, '') = batches.id::text
          offset 0
        )
    )
    order by id`.execute(context.db);
  for (const { id, week } of rows) {
    context.log.debug({ week }, 'enqueuing batches without a job');
    await context.db.transaction().execute((tx) => enqueueBatches(context, tx, id));
  }
  await finishStalled(context);
}

/** Ends issues none of whose batches has work left: the process that was to end them may have died before it did. */
async function finishStalled(context: Context): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select id from issues
    where status in ('sending', 'paused')
      and not exists (select from batches where issue_id = issues.id and status in ('queued', 'submitting'))
    order by id`.execute(context.db);
  for (const { id } of rows) {
    await finishIssueWhenDone(context, id);
  }
}
