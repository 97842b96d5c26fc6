import { type RawBuilder, sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import type { Context } from '../../context.ts';
import { listLanes } from './lanes.ts';

/**
 * Whether the lane of a row of `batches` is paused, so that those of its batches that were never attempted wait. False for a lane
 * that is no longer in the settings: its batches go through lane 1.
 */
export function isLanePaused(config: Config): RawBuilder<boolean> {
  const known = listLanes(config).map(({ number }) => number);
  return sql`exists (
    select from send_rate
    where send_rate.id = batches.lane and send_rate.paused_at is not null and send_rate.id = any(${known}::smallint[]))`;
}

/** Whether all that is left of an issue waits for lanes to be resumed. */
export async function waitsForLanes(
  { config, db }: Pick<Context, 'config' | 'db'>,
  issueId: number,
): Promise<boolean> {
  const { rows } = await sql<{ has_open: boolean; has_work: boolean }>`
    select count(*) > 0 as has_open,
      coalesce(bool_or(status = 'submitting' or not ${isLanePaused(config)}), false) as has_work
    from batches where issue_id = ${issueId} and status in ('queued', 'submitting')`.execute(db);
  return rows[0]?.has_open === true && !rows[0].has_work;
}
