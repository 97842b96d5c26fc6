import { type Kysely, sql } from 'kysely';

/** Which processes run, and where: `doctor`, the studio and the metrics say when there is no worker. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table processes (
      id uuid primary key,
      role text not null,
      host text not null,
      pid integer not null,
      version text not null,
      started_at timestamptz not null,
      seen_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table processes`.execute(db);
}
