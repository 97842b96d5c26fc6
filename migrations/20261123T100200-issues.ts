import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table issues (
      id integer generated always as identity primary key,
      week text not null unique check (week ~ '^[0-9]{4}-W[0-9]{2}$'),
      number integer not null unique,
      status text not null
        check (status in ('draft', 'approved', 'held', 'sending', 'paused', 'sent', 'cancelled')),
      status_reason text,
      content jsonb not null,
      content_hash text not null,
      made_from jsonb not null,
      choice jsonb not null,
      cut_off_at timestamptz not null,
      drafted_at timestamptz not null,
      approved_at timestamptz,
      approved_by text,
      held_at timestamptz,
      prepared_at timestamptz,
      sent_at timestamptz,
      cancelled_at timestamptz
    )`.execute(db);
  await sql`
    create table issue_comparisons (
      issue_id integer not null references issues (id) on delete cascade,
      position smallint not null,
      comparison_slug text not null,
      tool_a text not null,
      tool_b text not null,
      primary key (issue_id, position)
    )`.execute(db);
  await sql`create index issue_comparisons_slug on issue_comparisons (comparison_slug)`.execute(db);
  await sql`
    create table issue_renderings (
      issue_id integer primary key references issues (id) on delete cascade,
      subject text not null,
      html text not null,
      text text not null,
      envelope jsonb not null,
      content_hash text not null,
      rendered_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table issue_renderings, issue_comparisons, issues`.execute(db);
}
