import { type Kysely, sql } from 'kysely';

/**
 * What staff changed, and who. A row is written before its change and completed after it, so that a process that dies in
 * between leaves one that says `started`; one for a change that was refused is removed.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table audit_log (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      actor text not null,
      via text not null check (via in ('studio', 'command line')),
      action text not null,
      week text,
      request jsonb not null,
      before jsonb not null,
      after jsonb not null,
      outcome text not null check (outcome in ('started', 'done'))
    )`.execute(db);
  await sql`create index audit_log_week on audit_log (week, id desc)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table audit_log`.execute(db);
}
