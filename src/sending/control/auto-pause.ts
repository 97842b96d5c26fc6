import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { pauseIssueFor } from './pause.ts';
import { BATCH_SIZE } from '../prepare/prepare-issue.ts';

/** Of fewer mails than these a single one would be a rate beyond any limit. */
const LEAST_MAILS = 100;

interface Recent {
  mails: number;
  bounced: number;
  complained: number;
}

/**
 * Pauses an issue that is going out when too many of its last mails bounced or were complained of; staff look at it
 * and resume or cancel. What came before they resumed it counts no more.
 */
export async function pauseWhenTooMany(context: Context, issueId: number): Promise<void> {
  const { autoStop } = context.config;
  const recent = await countRecent(context.db, issueId, autoStop.window);
  const reason = recent && findReason(recent, autoStop);
  if (reason) {
    await context.db
      .transaction()
      .execute((tx) => pauseIssueFor(context, tx, issueId, { reason, resume_at: null, is_general: false }));
  }
}

/** In words why it must stop; the rates are per cent of `mails`. */
export function findReason(
  { mails, bounced, complained }: Recent,
  { bouncePercent, complaintPercent }: { bouncePercent: number; complaintPercent: number },
): string | undefined {
  const of = Math.max(mails, LEAST_MAILS);
  if ((100 * complained) / of > complaintPercent) {
    return `${complained} of the last ${mails} mails were complained of, more than ${complaintPercent} %`;
  }
  if ((100 * bounced) / of > bouncePercent) {
    return `${bounced} of the last ${mails} mails bounced, more than ${bouncePercent} %`;
  }
  return undefined;
}

/** Undefined unless the issue is going out. */
async function countRecent(db: Db, issueId: number, window: number): Promise<Recent | undefined> {
  // Twice as many batches as whole ones would need: some of their readers were skipped.
  const batches = 2 * Math.ceil(window / BATCH_SIZE);
  const { rows } = await sql<Recent & { status: string }>`
    with issue as (
      select status, coalesce(resumed_at, '-infinity') as since from issues where id = ${issueId}
    ), recent as (
      select bounced_at, complained_at, submitted_at from (
        select id from batches where issue_id = ${issueId} and status = 'settled'
        order by settled_at desc limit ${batches}
      ) as settled
      join deliveries on deliveries.batch_id = settled.id
      where submitted_at is not null
      order by submitted_at desc limit ${window}
    )
    select status, count(submitted_at) as mails,
      count(*) filter (where bounced_at >= since) as bounced,
      count(*) filter (where complained_at >= since) as complained
    from issue left join recent on true
    group by status`.execute(db);
  const [recent] = rows;
  return recent?.status === 'sending' ? recent : undefined;
}
