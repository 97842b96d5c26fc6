import { type Kysely, sql } from 'kysely';

/** The states of what staff wrote and arranged in an issue, so that they can be undone and redone; `issues.step` is the present one. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add step integer not null default 0`.execute(db);
  await sql`
    create table issue_steps (
      issue_id integer not null references issues on delete cascade,
      position integer not null,
      at timestamptz not null,
      actor text,
      texts jsonb not null,
      comparisons text[] not null,
      primary key (issue_id, position)
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table issue_steps`.execute(db);
  await sql`alter table issues drop step`.execute(db);
}
