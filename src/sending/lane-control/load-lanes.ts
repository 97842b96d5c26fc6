import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { ceilingOf, countMailsToday } from '../limits/warm-up.ts';
import { DEFAULT_CALLS_PER_SECOND } from '../lanes/add-lanes.ts';
import { domainOf, listLanes } from '../lanes/lanes.ts';

/** A lane as it stands now. */
export interface LaneState {
  number: number;
  /** The domain it sends from. */
  domain: string;
  /** The limit that its team's responses last named. */
  calls_per_second: number;
  /** When it was paused, why, and when it resumes by itself. */
  paused_at: Date | null;
  paused_reason: string | null;
  resume_at: Date | null;
  /** The words in which Resend rejects the key, domain or account; letters through this lane stop, too. */
  refused_reason: string | null;
  /** Today's ceiling while it warms up. */
  ceiling: number | undefined;
  mails_today: number;
}

export async function loadLanes({ config, db, now }: Context): Promise<LaneState[]> {
  const rows = await db.selectFrom('send_rate').selectAll().execute();
  const mailsToday = await countMailsToday(db, now());
  return listLanes(config).map((lane) => {
    const own = rows.find(({ id }) => id === lane.number);
    const limit = rows.find(({ id }) => id === lane.team);
    return {
      number: lane.number,
      domain: domainOf(lane),
      calls_per_second: limit?.calls_per_second ?? DEFAULT_CALLS_PER_SECOND,
      paused_at: own?.paused_at ?? null,
      paused_reason: own?.paused_reason ?? null,
      resume_at: own?.resume_at ?? null,
      refused_reason: own?.stopped_reason ?? null,
      ceiling: ceilingOf(lane.warmUp, now()),
      mails_today: mailsToday.get(lane.number) ?? 0,
    };
  });
}

/** Whether it waits for somebody to resume it. */
export function waitsForStaff({ paused_at, resume_at }: LaneState): boolean {
  return paused_at !== null && resume_at === null;
}

/** How many of an issue's mails go through one lane, and how many are done. */
export interface LaneProgress {
  lane: number;
  mails: number;
  /** Those whose batch was sent, or given up after 23 hours. */
  done: number;
}

/**
 * Adds up batches, of which there are few. The mails of batches without a stored number (those sent again, and those of
 * earlier versions) are counted while the batch is open, and not at all afterwards.
 */
export async function loadLaneProgress(
  { db }: Pick<Context, 'db'>,
  issueId: number,
): Promise<LaneProgress[]> {
  const { rows } = await sql<LaneProgress>`
    select lane, coalesce(sum(mails), 0)::integer as mails,
      coalesce(sum(mails) filter (where status in ('settled', 'unknown')), 0)::integer as done
    from (
      select lane, status, coalesce(mails, (
        select count(*) from deliveries where issue_id = ${issueId} and batch_id = batches.id)) as mails
      from batches where issue_id = ${issueId} and (mails is not null or status in ('queued', 'submitting'))
    ) as counted
    group by lane order by lane`.execute(db);
  return rows;
}
