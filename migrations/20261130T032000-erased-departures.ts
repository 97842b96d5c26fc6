import { type Kysely, sql } from 'kysely';

/** When an erased reader left: one row of theirs has it, however many addresses they had, and none of who had never confirmed. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table suppressions add column departed_at timestamptz`.execute(db);
  await sql`update suppressions set departed_at = created_at where reason = 'erased'`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table suppressions drop column departed_at`.execute(db);
}
