import { type Kysely, sql } from 'kysely';

/**
 * Lanes: `send_rate` gets a row for each, with what has stopped it; its id is the lane's number. The limit in a row is that of a
 * Resend team, so lanes of one team use the row of the first of them.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table send_rate
      drop constraint send_rate_id_check,
      add constraint send_rate_lane check (id between 1 and 99),
      add column paused_at timestamptz,
      add column paused_reason text,
      add column resume_at timestamptz,
      add column resumed_at timestamptz`.execute(db);
  await sql`alter table batches add column lane smallint not null default 1`.execute(db);
  // Of lane 1 it stays in `sending_days`, where the release that is running counts it.
  await sql`
    create table lane_days (
      lane smallint not null,
      day date not null,
      mails integer not null,
      primary key (lane, day)
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table lane_days`.execute(db);
  await sql`alter table batches drop column lane`.execute(db);
  await sql`delete from send_rate where id <> 1`.execute(db);
  await sql`
    alter table send_rate
      drop column resumed_at, drop column resume_at, drop column paused_reason, drop column paused_at,
      drop constraint send_rate_lane,
      add constraint send_rate_id_check check (id = 1)`.execute(db);
}
