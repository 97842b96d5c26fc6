import { type Kysely, sql } from 'kysely';

/** Comparisons that staff want in the next issue that is drafted. No foreign key: a site may have views in place of its tables. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table pinned_comparisons (
      comparison_slug text primary key,
      pinned_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table pinned_comparisons`.execute(db);
}
