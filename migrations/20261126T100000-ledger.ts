import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add resume_at timestamptz, add resumed_at timestamptz`.execute(db);
  // A delivery that staff send again is in its next round; events tell by their tag which one they are about.
  await sql`alter table deliveries add round smallint not null default 1`.execute(db);
  // Room on each page for the new versions of its rows, which then need no new index entries.
  await sql`alter table deliveries set (fillfactor = 80)`.execute(db);
  await sql`create index batches_open on batches (issue_id) where status in ('queued', 'submitting')`.execute(
    db,
  );
  await sql`create index batches_settled on batches (issue_id, settled_at) where status = 'settled'`.execute(
    db,
  );
  await sql`
    create table delivery_decisions (
      id bigint generated always as identity primary key,
      delivery_id bigint not null,
      decision text not null check (decision in ('count as sent', 'send again')),
      from_status text not null,
      decided_by text not null,
      decided_at timestamptz not null
    )`.execute(db);
  await sql`create index delivery_decisions_delivery on delivery_decisions (delivery_id)`.execute(db);
  await sql`
    alter table send_rate
      add bulk_slot_at timestamptz not null default now(),
      add stopped_at timestamptz,
      add stopped_reason text,
      add probed_at timestamptz`.execute(db);
  await sql`
    create table sending_days (
      day date primary key,
      mails integer not null
    )`.execute(db);
  await sql`alter table subscribers add engaged_at timestamptz`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table subscribers drop engaged_at`.execute(db);
  await sql`drop table sending_days`.execute(db);
  await sql`
    alter table send_rate drop bulk_slot_at, drop stopped_at, drop stopped_reason, drop probed_at`.execute(
    db,
  );
  await sql`drop table delivery_decisions`.execute(db);
  await sql`drop index batches_open, batches_settled`.execute(db);
  await sql`alter table deliveries reset (fillfactor)`.execute(db);
  await sql`alter table deliveries drop round`.execute(db);
  await sql`alter table issues drop resume_at, drop resumed_at`.execute(db);
}
