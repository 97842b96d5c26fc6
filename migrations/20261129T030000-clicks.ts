import { type Kysely, sql } from 'kysely';

/** How often the links of an issue were followed: counts only, not by whom. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table issue_clicks (
      issue_id integer not null references issues on delete cascade,
      link text not null,
      made_by text not null check (made_by in ('person', 'machine')),
      clicks bigint not null,
      primary key (issue_id, link, made_by)
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table issue_clicks`.execute(db);
}
