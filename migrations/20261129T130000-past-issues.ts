import { type Kysely, sql } from 'kysely';

/**
 * What stays of the deliveries of issues that went out long ago, and Resend's events by week, so that an old week goes at
 * once. Their table has another name than before: the release that is running stores events in `webhook_events`.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add column past_at timestamptz`.execute(db);
  // One byte a reader: see `src/sending/past/_outcome.ts`.
  await sql`
    create table past_deliveries (
      issue_id integer not null,
      part integer not null,
      outcomes bytea not null,
      deliveries integer not null,
      primary key (issue_id, part)
    )`.execute(db);
  await sql`
    create table delivery_events (
      svix_id text not null,
      type text not null,
      delivery_id bigint not null,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      payload jsonb not null,
      primary key (occurred_at, svix_id)
    ) partition by range (occurred_at)`.execute(db);
  await sql`create index delivery_events_delivery on delivery_events (delivery_id)`.execute(db);
  await sql`create table delivery_events_other_weeks partition of delivery_events default`.execute(db);
  await sql`
    create table event_counts (
      week date not null,
      type text not null,
      events bigint not null,
      primary key (week, type)
    )`.execute(db);
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db);
  const home = sql.id(rows[0]!.name);
  await createEventFunctions(db, home);
  // What the new version has stored already is a repetition for the release that is running, whose role may not read it.
  await sql`
    create function skip_stored_event() returns trigger language plpgsql security definer
    set search_path = ${home}, pg_temp as $$
    begin
      if exists (
        select from delivery_events
        where delivery_events.occurred_at = new.occurred_at and delivery_events.svix_id = new.svix_id
      ) then
        return null;
      end if;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger skip_stored before insert on webhook_events
    for each row execute function skip_stored_event()`.execute(db);
}

/** They create and drop tables, which workers must not: so they run with the rights of the tables' owner. */
async function createEventFunctions(db: Kysely<never>, home: ReturnType<typeof sql.id>): Promise<void> {
  // Adds the partitions of this week and the next four. A week of which events came before its partition was there has none.
  await sql`
    create function add_event_partitions(today date) returns void language plpgsql security definer
    set search_path = ${home}, pg_temp set lock_timeout = '50ms' as $$
    declare
      week date;
      name text;
    begin
      for weeks in 0..4 loop
        week := date_trunc('week', today)::date + 7 * weeks;
        name := 'delivery_events_' || to_char(week, 'YYYYMMDD');
        if to_regclass(name) is null and not exists (
          select from delivery_events
          where occurred_at >= week::timestamp at time zone 'UTC' and occurred_at < (week + 7)::timestamp at time zone 'UTC'
        ) then
          execute format('create table %I (like delivery_events including defaults)', name);
          execute format('alter table delivery_events attach partition %I for values from (%L) to (%L)', name,
            week::timestamp at time zone 'UTC', (week + 7)::timestamp at time zone 'UTC');
        end if;
      end loop;
    end $$`.execute(db);
  // Counts and drops one week that had ended by `before`, and deletes older events of weeks without a partition. Returns
  // whether there may be another. Rejects with 55P03 while statements use the table: waiting, it would hold up all that come after it.
  await sql`
    create function drop_event_partition(before timestamptz) returns boolean language plpgsql security definer
    set search_path = ${home}, pg_temp set lock_timeout = '50ms' as $$
    declare
      name text;
      monday date;
    begin
      with deleted as (
        delete from delivery_events_other_weeks where occurred_at < before
        returning date_trunc('week', occurred_at at time zone 'UTC')::date as of_week, type
      )
      insert into event_counts (week, type, events) select of_week, type, count(*) from deleted group by of_week, type
      on conflict (week, type) do update set events = event_counts.events + excluded.events;
      select relname, to_date(right(relname, 8), 'YYYYMMDD') into name, monday
      from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = 'delivery_events'::regclass and relname ~ '^delivery_events_\\d{8}$' order by relname limit 1;
      if monday is null or (monday + 7)::timestamp at time zone 'UTC' > before then
        return false;
      end if;
      execute format('
        insert into event_counts (week, type, events) select %L, type, count(*) from %I group by type
        on conflict (week, type) do update set events = event_counts.events + excluded.events', monday, name);
      execute format('drop table %I', name);
      return true;
    end $$`.execute(db);
  await sql`revoke execute on function add_event_partitions, drop_event_partition from public`.execute(db);
  await sql`select add_event_partitions(now()::date)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop trigger skip_stored on webhook_events`.execute(db);
  await sql`drop function skip_stored_event, add_event_partitions, drop_event_partition`.execute(db);
  await sql`
    insert into webhook_events (svix_id, type, delivery_id, occurred_at, received_at, payload)
    select svix_id, type, delivery_id, occurred_at, received_at, payload from delivery_events
    on conflict do nothing`.execute(db);
  await sql`drop table event_counts, delivery_events, past_deliveries`.execute(db);
  await sql`alter table issues drop column past_at`.execute(db);
}
