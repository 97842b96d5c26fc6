import { type Kysely, sql } from 'kysely';

/** Some are drafted while this update runs. */
const DRAFTS_MEANWHILE = 10;

/**
 * The present rows become one partition. That they belong there is a constraint first, which the next migration checks
 * while the tables are in use, so that the one after it need not read them.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ next: number }>`
    select greatest(max(id), pg_sequence_last_value(pg_get_serial_sequence('issues', 'id')), 0) + ${DRAFTS_MEANWHILE} as next
    from issues`.execute(db);
  for (const table of ['deliveries', 'votes']) {
    await sql`
      alter table ${sql.id(table)} add constraint ${sql.id(`${table}_bound`)}
      check (issue_id < ${sql.lit(rows[0]!.next)}) not valid`.execute(db);
  }
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table deliveries drop constraint deliveries_bound`.execute(db);
  await sql`alter table votes drop constraint votes_bound`.execute(db);
}
