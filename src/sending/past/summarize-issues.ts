import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { OUTCOME_OF_DELIVERY, PART_SIZE } from '../../past/outcome.ts';
import { countDeliveries } from '../deliveries/count-deliveries.ts';
import { dropWhenUnused } from './_drop-when-unused.ts';
import { summarizedBefore } from './past-issue.ts';

const PARTS_AT_ONCE = 16;

interface Partition {
  of_table: 'deliveries' | 'votes';
  first_issue: number;
  next_issue: number;
  name: string;
}

/**
 * Drops the partitions of issues that ended over 90 days ago. What remains is one byte for each delivery, and the
 * tallies of the votes. Safe to run while issues are sent, to interrupt, and to repeat. Returns whether nothing is
 * left for a later run.
 */
export async function summarizePastIssues(context: Context): Promise<boolean> {
  for (const partition of await listPastPartitions(context.db, summarizedBefore(context.now()))) {
    const issues = await listIssues(context.db, partition);
    if (partition.of_table === 'deliveries') {
      for (const id of issues) {
        await summarizeDeliveries(context.db, id);
      }
    }
    const dropped = await dropWhenUnused(context, partition.name, async () => {
      await context.db.transaction().execute((tx) => dropPartition(context, tx, partition, issues));
      return partition.name;
    });
    if (dropped === undefined) {
      return false;
    }
    context.log.info({ partition: dropped, issues: issues.length }, 'past issues summarized');
  }
  return true;
}

/**
 * Partitions whose issues all ended before `before`, with no batch in flight; never that of the newest issue, nor one without
 * a visible issue, which may be being drafted. Deliveries come first.
 */
async function listPastPartitions(db: Db, before: Date): Promise<Partition[]> {
  const { rows } = await sql<Partition>`
    select of_table, first_issue, next_issue, name from partitions
    where next_issue <= (select max(id) from issues) and (
      select bool_and(${hasEnded(before)}) from issues where id >= first_issue and id < next_issue)
    order by first_issue, of_table`.execute(db);
  return rows;
}

/** Nobody ever sent it. */
const isAbandoned = sql`(status in ('draft', 'held') and prepared_at is null)`;

/** A condition on `issues`: what closing has yet to count is kept, also if no worker has run for months. */
function hasEnded(before: Date) {
  return sql`(case
    when status in ('sent', 'cancelled') then coalesce(sent_at, cancelled_at) < ${before} and not exists (
      select from batches where issue_id = issues.id and batches.status in ('queued', 'submitting'))
      and (prepared_at is null or exists (select from tallies where issue_id = issues.id))
    else ${isAbandoned} and drafted_at < ${before} end)`;
}

async function listIssues(db: Db, { first_issue, next_issue }: Partition): Promise<number[]> {
  const issues = await db
    .selectFrom('issues')
    .select('id')
    .where('id', '>=', first_issue)
    .where('id', '<', next_issue)
    .orderBy('id')
    .execute();
  return issues.map(({ id }) => id);
}

async function summarizeDeliveries(db: Db, issueId: number): Promise<void> {
  await db.deleteFrom('past_deliveries').where('issue_id', '=', issueId).execute();
  const width = PART_SIZE * PARTS_AT_ONCE;
  // Ids have gaps of a million and more where a database was restored.
  const { rows: steps } = await sql<{ step: number }>`
    select distinct subscriber_id / ${width}::integer as step from deliveries where issue_id = ${issueId} order by step`.execute(
    db,
  );
  for (const { step } of steps) {
    const part = step * PARTS_AT_ONCE;
    const end = part + PARTS_AT_ONCE;
    await sql`
      insert into past_deliveries (issue_id, part, outcomes, deliveries)
      select ${issueId}, part, string_agg(set_byte('\\x00', 0, coalesce(outcome, 0)), '' order by place), count(outcome)
      from generate_series(${part}::integer, ${end - 1}::integer) as part
      cross join generate_series(0, ${sql.lit(PART_SIZE - 1)}) as place
      left join (
        select subscriber_id, ${sql.raw(OUTCOME_OF_DELIVERY)} as outcome from deliveries
        where issue_id = ${issueId} and subscriber_id >= ${part * PART_SIZE} and subscriber_id < ${end * PART_SIZE}
      ) as theirs on subscriber_id = part * ${sql.lit(PART_SIZE)} + place
      group by part having count(outcome) > 0`.execute(db);
  }
}

async function dropPartition(
  { now }: Context,
  tx: Tx,
  { of_table, first_issue, next_issue }: Partition,
  issueIds: readonly number[],
): Promise<void> {
  if (of_table === 'deliveries') {
    for (const id of issueIds) {
      await endIssue(tx, id, now());
    }
  } else {
    await tx
      .deleteFrom('held_votes')
      .where('issue_id', '>=', first_issue)
      .where('issue_id', '<', next_issue)
      .execute();
  }
  await sql`select drop_partition(${of_table}, ${first_issue})`.execute(tx);
}

/**
 * Rejects unless a byte is stored for each delivery. A draft that nobody sent is cancelled: its partition goes, so it can
 * never be sent.
 */
async function endIssue(tx: Tx, id: number, now: Date): Promise<void> {
  const issue = await sql<{ id: number }>`
    update issues set past_at = ${now},
      cancelled_at = case when ${isAbandoned} then ${now} else cancelled_at end,
      status_reason = case when ${isAbandoned} then 'nobody sent it within 90 days' else status_reason end,
      status = case when ${isAbandoned} then 'cancelled' else status end
    where id = ${id} and ${hasEnded(summarizedBefore(now))} returning id`.execute(tx);
  const { stored } = await tx
    .selectFrom('past_deliveries')
    .select(({ fn }) => fn.coalesce(fn.sum<number>('deliveries'), sql<number>`0`).as('stored'))
    .where('issue_id', '=', id)
    .executeTakeFirstOrThrow();
  const counted = Object.values(await countDeliveries(tx, id)).reduce((sum, count) => sum + count, 0);
  if (issue.rows.length === 0 || stored !== counted) {
    throw new Error(
      `Issue ${id} changed while it was summarized: ${stored} of its ${counted} deliveries are stored. The next run repeats it.`,
    );
  }
  await tx.deleteFrom('open_deliveries').where('issue_id', '=', id).execute();
  await sql`
    delete from delivery_decisions using deliveries
    where deliveries.id = delivery_id and deliveries.issue_id = ${id}`.execute(tx);
}
