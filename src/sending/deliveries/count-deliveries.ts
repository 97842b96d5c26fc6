import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { DeliveryStatus } from '../../database/schema.ts';

export type DeliveryCounts = Partial<Record<DeliveryStatus, number>>;

/**
 * Number of deliveries of an issue by status; statuses without any are absent. Exact, and as fast for a million as for
 * one: triggers on `deliveries` keep the counts.
 */
export async function countDeliveries(db: Db | Tx, issueId: number): Promise<DeliveryCounts> {
  const counts = await countDeliveriesOf(db, [issueId]);
  return counts.get(issueId) ?? {};
}

/** Like `countDeliveries`, for several issues at once; those without deliveries are absent. */
export async function countDeliveriesOf(
  db: Db | Tx,
  issueIds: readonly number[],
): Promise<Map<number, DeliveryCounts>> {
  const { rows } = await sql<{ issue_id: number; counts: DeliveryCounts }>`
    select issue_id, json_object_agg(status, count order by status) as counts from (
      select issue_id, status, sum(count)::bigint as count from (
        select issue_id, status, deliveries as count from delivery_counts where issue_id = any(${issueIds})
        union all select issue_id, status, change from delivery_changes where issue_id = any(${issueIds})) as parts
      group by issue_id, status having sum(count) <> 0) as counted
    group by issue_id`.execute(db);
  return new Map(rows.map(({ issue_id, counts }) => [issue_id, counts]));
}

/** Adds the changes since the last time to the counts, so that there are few to sum up. Safe to run concurrently. */
export async function compactDeliveryCounts(db: Db): Promise<void> {
  await sql`
    with compacted as (
      delete from delivery_changes where ctid = any(array(select ctid from delivery_changes for update skip locked))
      returning *
    )
    insert into delivery_counts (issue_id, status, deliveries)
    select issue_id, status, sum(change) from compacted group by issue_id, status order by issue_id, status
    on conflict (issue_id, status) do update
      set deliveries = delivery_counts.deliveries + excluded.deliveries`.execute(db);
}
