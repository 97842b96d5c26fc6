import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { DeliveryStatus } from '../../database/schema.ts';

/**
 * Number of deliveries of an issue by status; statuses without any are absent. Exact, and as fast for a million as for
 * one: triggers on `deliveries` keep the counts.
 */
export async function countDeliveries(
  db: Db | Tx,
  issueId: number,
): Promise<Partial<Record<DeliveryStatus, number>>> {
  const { rows } = await sql<{ status: DeliveryStatus; count: number }>`
    select status, sum(count)::bigint as count from (
      select status, deliveries as count from delivery_counts where issue_id = ${issueId}
      union all select status, change from delivery_changes where issue_id = ${issueId}) as counted
    group by status having sum(count) <> 0 order by status`.execute(db);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
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
