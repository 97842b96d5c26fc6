import { type Kysely, sql } from 'kysely';

/**
 * Counts the deliveries there were before the counts, while they are being sent: one statement sees one moment, and leaves
 * out what the triggers have counted by then.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    insert into delivery_changes (issue_id, status, change)
    select issue_id, status, sum(change) from (
      select issue_id, status, count(*) as change from deliveries group by issue_id, status
      union all select issue_id, status, -change from delivery_changes
      union all select issue_id, status, -deliveries from delivery_counts) as missing
    group by issue_id, status having sum(change) <> 0`.execute(db);
  // Locked, so that none of them changes between being read and being added.
  await sql`
    insert into open_deliveries (delivery_id, issue_id, status)
    select id, issue_id, status from deliveries where status in ('unknown', 'failed', 'rejected') for update
    on conflict do nothing`.execute(db);
}

export async function down(): Promise<void> {
  // The migration before this one drops the tables.
}
