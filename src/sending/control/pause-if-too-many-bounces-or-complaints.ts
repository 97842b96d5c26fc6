import { sql } from 'kysely';
import { countOf } from '../../count-of.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { hasSeveralLanes } from '../lanes/lanes.ts';
import { type IssueLane, pauseAfterHalt } from './pause-after-halt.ts';
import { BATCH_SIZE } from '../prepare/number-readers.ts';

/** Rates are computed from at least this many mails; otherwise a single bounce could exceed the limit. */
const MIN_MAILS = 100;

interface Recent {
  mails: number;
  bounced: number;
  complained: number;
}

/**
 * Pauses an issue that is being sent, or that is paused and resumes by itself, when too many of its latest mails bounced or drew complaints; staff then resume or
 * cancel it. With several lanes, each is judged by its own mails and paused alone. Bounces and complaints from before a resume no
 * longer count.
 */
export async function pauseIfTooManyBouncesOrComplaints(context: Context, part: IssueLane): Promise<void> {
  const { autoPause } = context.config;
  const { issue_id, lane } = part;
  const judged = { issue_id, lane: hasSeveralLanes(context.config) ? lane : null };
  const recent = await countRecent(context.db, judged, autoPause.window);
  const reason = recent && findPauseReason(recent, autoPause);
  if (reason) {
    await context.db
      .transaction()
      .execute((tx) => pauseAfterHalt(context, tx, part, { reason, resume_at: null, is_general: false }));
  }
}

/** Why the issue must pause; undefined while both rates are within their limits. */
export function findPauseReason(
  { mails, bounced, complained }: Recent,
  { bouncePercent, complaintPercent }: { bouncePercent: number; complaintPercent: number },
): string | undefined {
  const base = Math.max(mails, MIN_MAILS);
  if ((100 * complained) / base > complaintPercent) {
    return `${complained} of the last ${countOf(mails, 'mail')} ${complained === 1 ? 'was' : 'were'} reported as spam, more than ${complaintPercent}%`;
  }
  if ((100 * bounced) / base > bouncePercent) {
    return `${bounced} of the last ${countOf(mails, 'mail')} bounced, more than ${bouncePercent}%`;
  }
  return undefined;
}

/** Counts the latest mails of a lane, or of all lanes. Undefined unless the issue is being sent, or is paused and resumes by itself. */
async function countRecent(
  db: Db,
  { issue_id, lane }: { issue_id: number; lane: number | null },
  window: number,
): Promise<Recent | undefined> {
  // Twice as many batches as full ones would need, since some of their readers were skipped.
  const batches = 2 * Math.ceil(window / BATCH_SIZE);
  const { rows } = await sql<Recent & { is_open: boolean }>`
    with issue as (
      select status = 'sending' or status = 'paused' and resume_at is not null as is_open, coalesce(greatest(resumed_at, (
        select max(resumed_at) from send_rate where id = ${lane}::smallint)), '-infinity') as since
      from issues where id = ${issue_id}
    ), recent as (
      select bounced_at, complained_at, submitted_at from (
        select id from batches where issue_id = ${issue_id} and status = 'settled' and lane = coalesce(${lane}, lane)
        order by settled_at desc limit ${batches}
      ) as settled
      join deliveries on deliveries.batch_id = settled.id and deliveries.issue_id = ${issue_id}
      where submitted_at is not null
      order by submitted_at desc limit ${window}
    )
    select is_open, count(submitted_at) as mails,
      count(*) filter (where bounced_at >= since) as bounced,
      count(*) filter (where complained_at >= since) as complained
    from issue left join recent on true
    group by is_open`.execute(db);
  const [recent] = rows;
  return recent?.is_open ? recent : undefined;
}
