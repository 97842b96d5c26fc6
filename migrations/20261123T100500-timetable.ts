import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table schedule_runs (
      schedule text not null,
      period text not null,
      outcome text not null check (outcome in ('started', 'too late')),
      ran_at timestamptz not null,
      primary key (schedule, period)
    )`.execute(db);
  await sql`
    create table staff_notices (
      id bigint generated always as identity primary key,
      subject_key text not null unique,
      message text not null,
      created_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table staff_notices, schedule_runs`.execute(db);
}
