import { type Kysely, sql } from 'kysely';

/** Issues whose result was frozen before the time of closing was stored are closed, too. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    update issues set voting_closed_at = frozen.at
    from (select issue_id, min(frozen_at) as at from tallies group by issue_id) as frozen
    where frozen.issue_id = issues.id and voting_closed_at is null`.execute(db);
}

export async function down(): Promise<void> {
  // They are closed: nothing to undo.
}
