import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { enqueueBatches } from './prepare-issue.ts';

/**
 * Enqueues the batches of issues that have a batch with work left but no job. A job that finds its issue paused ends; if
 * the issue was resumed at that moment, the new job was dropped because the old one was still running.
 */
export async function requeueStalled(context: Context): Promise<void> {
  // The conditions on jobs match pg-boss's index for exclusive queues.
  const { rows } = await sql<{ id: number; week: string }>`
    select id, week from issues
    where exists (
      select from batches where issue_id = issues.id
        and (status = 'submitting' or (status = 'queued' and issues.status = 'sending'))
        and not exists (
          select from pgboss.job where name = 'send-batch' and policy = 'exclusive' and state <= 'active'
            and coalesce(singleton_key, '') = batches.id::text
        )
    )
    order by id`.execute(context.db);
  for (const { id, week } of rows) {
    context.log.debug({ week }, 'enqueuing batches without a job');
    await context.db.transaction().execute((tx) => enqueueBatches(context, tx, id));
  }
}
