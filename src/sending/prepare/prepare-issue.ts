import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { type Issue, lockIssue } from '../../issues/record/issue.ts';
import { requireCurrentFacts } from '../../issues/decide/changed-facts.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import { requireUnmoved } from '../../database/identity.ts';
import { enqueue } from '../../queue/queue.ts';
import type { Week } from '../../week.ts';
import { isRecipient } from './count-recipients.ts';
import { finishIssueWhenDone } from '../settle/finish-issue.ts';
import { countMailsToday, splitForWarmUp } from '../limits/warm-up.ts';

export const BATCH_SIZE = 100;
const JOBS_AT_ONCE = 5_000;

/**
 * Freezes the recipients of an approved issue in batches of 100 and enqueues one job per batch, in one transaction.
 * Recipients are the readers who are active and not paused now. Returns their number; does nothing if the issue was
 * prepared before. Throws `refused`, and holds the issue, if its facts have changed since its approval.
 */
export async function prepareIssue(context: Context, week: Week): Promise<number> {
  await requireUnmoved(context.db);
  await requireCurrentFacts(context, week);
  return prepareWithoutMoveCheck(context, week);
}

/** For a database that was moved, in which no worker sends. */
export async function prepareWithoutMoveCheck(context: Context, week: Week): Promise<number> {
  const { id, readers } = await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.prepared_at) {
      return { id: issue.id, readers: 0 };
    }
    if (issue.status !== 'approved') {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; approve it before sending.`);
    }
    const now = context.now();
    const readers = await freezeRecipients(context, tx, issue, now);
    await context.failpoint('recipients frozen');
    await transitionIssue(tx, issue.id, ['approved'], 'sending', now);
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('batches enqueued');
    return { id: issue.id, readers };
  });
  await finishIssueWhenDone(context, id);
  return readers;
}

/** Enqueues one job for every batch with work left, in order; batches that have a job keep it. */
export async function enqueueBatches({ boss }: Context, tx: Tx, issueId: number): Promise<void> {
  let last = -1;
  for (;;) {
    const batches = await tx
      .selectFrom('batches')
      .select(['id', 'number'])
      .where('issue_id', '=', issueId)
      .where('status', 'in', ['queued', 'submitting'])
      .where('number', '>', last)
      .orderBy('number')
      .limit(JOBS_AT_ONCE)
      .execute();
    if (batches.length === 0) {
      return;
    }
    const jobs = batches.map(({ id, number }) => ({
      key: String(id),
      data: { batch_id: id },
      priority: -number,
    }));
    await enqueue(boss, tx, 'send-batch', jobs);
    last = batches.at(-1)!.number;
  }
}

/** The random part keeps the keys of two installations of one Resend team, or of a restored backup, distinct. */
export function makeKeyPrefix(week: Week): string {
  return `${week}-${randomBytes(9).toString('base64url')}`;
}

/**
 * One statement, so one snapshot: the readers counted are the readers inserted. During warm-up the most engaged come
 * first, and batches end at each day's ceiling. Returns the number of readers.
 */
async function freezeRecipients({ config }: Context, tx: Tx, issue: Issue, now: Date): Promise<number> {
  const prefix = makeKeyPrefix(issue.week);
  const { starts, end } = splitForWarmUp(config.warmUp, now, await countMailsToday(tx, now), BATCH_SIZE);
  const order = end > 0 ? sql`engaged_at desc nulls last, confirmed_at desc, id` : sql`id`;
  const size = sql.lit(BATCH_SIZE);
  const { numAffectedRows } = await sql`
    with readers as materialized (
      select id, rank,
        case when rank < ${end}::bigint then width_bucket(rank, ${starts}::bigint[]) - 1
          else ${starts.length}::integer + ((rank - ${end}::bigint) / ${size})::integer end as number,
        case when rank < ${end}::bigint then rank - (${starts}::bigint[])[width_bucket(rank, ${starts}::bigint[])]
          else (rank - ${end}::bigint) % ${size} end as position
      from (
        select id, row_number() over (order by ${order}) - 1 as rank from subscribers
        where ${isRecipient(now)}
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
