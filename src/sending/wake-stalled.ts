import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { enqueueBatches } from './prepare.ts';

/** Much longer than a batch takes, and than a dead worker's job takes to come back. */
const STALLED_AFTER_MS = 120_000;

/**
 * Enqueues the batches of issues in which nothing has moved for two minutes. A job that finds its issue paused ends;
 * if the issue was resumed at that very moment, its new job was dropped beside the one still running.
 */
export async function wakeStalled(context: Context): Promise<void> {
  const since = new Date(context.now().getTime() - STALLED_AFTER_MS);
  const { rows } = await sql<{ id: number; week: string }>`
    select id, week from issues
    where exists (
        select from batches where issue_id = issues.id
          and (status = 'submitting' or (status = 'queued' and issues.status = 'sending'))
      ) and not exists (
        select from batches where issue_id = issues.id
          and greatest(settled_at, first_attempt_at, issues.resumed_at) > ${since}
      )
    order by id`.execute(context.db);
  for (const { id, week } of rows) {
    context.log.debug({ week }, 'batches without a sign of life are enqueued');
    await context.db.transaction().execute((tx) => enqueueBatches(context, tx, id));
  }
}
