import { type Kysely, sql } from 'kysely';

/** When a notice was first mailed, from which its attempts are counted; to which order to send a digest a reader's copy belongs. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table staff_notices add column first_mailed_at timestamptz`.execute(db);
  await sql`alter table subscribers add column digest_order text`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table subscribers drop column digest_order`.execute(db);
  await sql`alter table staff_notices drop column first_mailed_at`.execute(db);
}
