import { type Kysely, sql } from 'kysely';

/**
 * The number of deliveries by status, kept by every statement that changes one, in its own transaction. A statement adds
 * rows to `delivery_changes` and updates none that others share, so no two wait for each other; a count is the sum of both
 * tables. `open_deliveries` are those that need a decision by staff. The next migration adds what there was before.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table delivery_counts (
      issue_id integer not null,
      status text not null,
      deliveries bigint not null,
      primary key (issue_id, status)
    )`.execute(db);
  await sql`
    create table delivery_changes (
      issue_id integer not null,
      status text not null,
      change bigint not null
    )`.execute(db);
  await sql`
    create table open_deliveries (
      delivery_id bigint primary key,
      issue_id integer not null,
      status text not null
    )`.execute(db);
  await sql`create index open_deliveries_issue on open_deliveries (issue_id, status, delivery_id)`.execute(
    db,
  );
  await sql`
    create function count_delivery_changes() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        insert into delivery_changes (issue_id, status, change)
        select issue_id, status, count(*) from new_rows group by issue_id, status;
        insert into open_deliveries (delivery_id, issue_id, status)
        select id, issue_id, status from new_rows where status in ('unknown', 'failed', 'rejected');
      elsif tg_op = 'DELETE' then
        insert into delivery_changes (issue_id, status, change)
        select issue_id, status, -count(*) from old_rows group by issue_id, status;
        delete from open_deliveries using old_rows where delivery_id = id;
      else
        insert into delivery_changes (issue_id, status, change)
        select issue_id, status, sum(change) from (
          select issue_id, status, -1 as change from old_rows union all select issue_id, status, 1 from new_rows) as moved
        group by issue_id, status having sum(change) <> 0;
        if exists (select from old_rows where status in ('unknown', 'failed', 'rejected')) then
          delete from open_deliveries using old_rows where delivery_id = id;
        end if;
        insert into open_deliveries (delivery_id, issue_id, status)
        select id, issue_id, status from new_rows where status in ('unknown', 'failed', 'rejected');
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger count_inserted after insert on deliveries referencing new table as new_rows
    for each statement execute function count_delivery_changes()`.execute(db);
  await sql`
    create trigger count_updated after update on deliveries referencing old table as old_rows new table as new_rows
    for each statement execute function count_delivery_changes()`.execute(db);
  await sql`
    create trigger count_deleted after delete on deliveries referencing old table as old_rows
    for each statement execute function count_delivery_changes()`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop trigger count_inserted on deliveries`.execute(db);
  await sql`drop trigger count_updated on deliveries`.execute(db);
  await sql`drop trigger count_deleted on deliveries`.execute(db);
  await sql`drop function count_delivery_changes`.execute(db);
  await sql`drop table open_deliveries, delivery_changes, delivery_counts`.execute(db);
}
