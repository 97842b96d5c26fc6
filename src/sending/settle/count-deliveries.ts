import type { Db, Tx } from '../../database/connect.ts';
import type { DeliveryStatus } from '../../database/schema.ts';

/** Number of deliveries of an issue by status; statuses without any are absent. */
export async function countDeliveries(
  db: Db | Tx,
  issueId: number,
): Promise<Partial<Record<DeliveryStatus, number>>> {
  const rows = await db
    .selectFrom('deliveries')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .where('issue_id', '=', issueId)
    .groupBy('status')
    .orderBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
