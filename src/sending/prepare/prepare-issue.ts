import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { type Issue, lockIssue } from '../../issues/record/issue.ts';
import { moveIssue } from '../../issues/record/status.ts';
import { requireUnmoved } from '../../database/identity.ts';
import { enqueue } from '../../queue/queue.ts';
import type { Week } from '../../week.ts';
import { finishIssueWhenDone } from '../settle/finish-issue.ts';
import { countToday, cutForWarmUp } from '../limits/warm-up.ts';

export const BATCH_SIZE = 100;

/**
 * Freezes who gets an approved issue, in batches of 100, and enqueues one job per batch: all in one transaction.
 * Readers active now count, unless they paused. Returns how many; an issue prepared before is left as it is.
 */
export async function prepareIssue(context: Context, week: Week): Promise<number> {
  await requireUnmoved(context.db);
  return prepareAnywhere(context, week);
}

/** The same in a database that was moved, where no worker sends. */
export async function prepareAnywhere(context: Context, week: Week): Promise<number> {
  const { id, readers } = await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.prepared_at) {
      return { id: issue.id, readers: 0 };
    }
    if (issue.status !== 'approved') {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; approve it before it is sent.`);
    }
    const now = context.now();
    const readers = await freezeRecipients(context, tx, issue, now);
    await context.checkpoint('recipients frozen');
    await moveIssue(tx, issue.id, ['approved'], 'sending', now);
    await enqueueBatches(context, tx, issue.id);
    await context.checkpoint('batches enqueued');
    return { id: issue.id, readers };
  });
  await finishIssueWhenDone(context, id);
  return readers;
}

/** One job for every batch that still has something to do, in their order; those with a job already keep it. */
export async function enqueueBatches({ boss }: Context, tx: Tx, issueId: number): Promise<void> {
  const batches = await tx
    .selectFrom('batches')
    .select(['id', 'number'])
    .where('issue_id', '=', issueId)
    .where('status', 'in', ['queued', 'submitting'])
    .orderBy('number')
    .execute();
  const jobs = batches.map(({ id, number }) => ({
    key: String(id),
    data: { batch_id: id },
    priority: -number,
  }));
  if (jobs.length > 0) {
    await enqueue(boss, tx, 'send-batch', jobs);
  }
}

/** The random part keeps two installations of one Resend team, or a restored backup, apart. */
export function makeKeyPrefix(week: Week): string {
  return `${week}-${randomBytes(9).toString('base64url')}`;
}

/**
 * One statement, so one snapshot: the readers counted are the readers inserted. While a domain is warmed up the most
 * engaged come first, and batches end where a day's ceiling does. Returns how many readers.
 */
async function freezeRecipients({ config }: Context, tx: Tx, issue: Issue, now: Date): Promise<number> {
  const prefix = makeKeyPrefix(issue.week);
  const { firsts, end } = cutForWarmUp(config.warmUp, now, await countToday(tx, now), BATCH_SIZE);
  const order = end > 0 ? sql`engaged_at desc nulls last, confirmed_at desc, id` : sql`id`;
  const size = sql.lit(BATCH_SIZE);
  const { numAffectedRows } = await sql`
    with readers as materialized (
      select id, rank,
        case when rank < ${end}::bigint then width_bucket(rank, ${firsts}::bigint[]) - 1
          else ${firsts.length}::integer + ((rank - ${end}::bigint) / ${size})::integer end as number,
        case when rank < ${end}::bigint then rank - (${firsts}::bigint[])[width_bucket(rank, ${firsts}::bigint[])]
          else (rank - ${end}::bigint) % ${size} end as position
      from (
        select id, row_number() over (order by ${order}) - 1 as rank from subscribers
        where status = 'active' and frequency = 'weekly' and confirmed_at <= ${now} and (paused_until is null or paused_until <= ${now})
      ) as ranked
    ), made as (
      insert into batches (issue_id, number, idempotency_key, status)
      select ${issue.id}::integer, number, ${prefix}::text || '-' || number, 'queued'
      from (select distinct number from readers) as numbers order by number
      returning id, number
    )
    insert into deliveries (issue_id, subscriber_id, batch_id, position, status, queued_at)
    select ${issue.id}, readers.id, made.id, readers.position, 'queued', ${now}
    from readers join made on made.number = readers.number`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
