import { type Kysely, sql } from 'kysely';

/**
 * What happened, for the systems of others: an event, and a delivery of it to every endpoint that there was at that time.
 * Events about a reader hold no address: it is read when they are delivered. Triggers write those, so that no way of
 * confirming, leaving or being suppressed is missed. Without an endpoint nothing is written. Deliveries have no foreign key to
 * endpoints: whoever leaves must not wait for, or fail by, an endpoint that is being removed.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table outgoing_endpoints (
      url text primary key,
      added_at timestamptz not null,
      named_at timestamptz not null,
      gone_at timestamptz
    )`.execute(db);
  await sql`
    create table outgoing_events (
      id bigint generated always as identity primary key,
      message_id uuid not null default gen_random_uuid() unique,
      type text not null,
      at timestamptz not null,
      subscriber_id bigint,
      data jsonb not null
    )`.execute(db);
  await sql`create index outgoing_events_at on outgoing_events (at)`.execute(db);
  await sql`
    create table outgoing_deliveries (
      event_id bigint not null references outgoing_events on delete cascade,
      url text not null,
      status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
      attempts integer not null default 0,
      due_at timestamptz not null,
      last_answer text,
      ended_at timestamptz,
      primary key (event_id, url)
    )`.execute(db);
  await sql`
    create index outgoing_deliveries_due on outgoing_deliveries (url, due_at) where status = 'waiting'`.execute(
    db,
  );
  await sql`
    create function announce(type text, at timestamptz, subscriber_id bigint, data jsonb) returns void language sql as $$
      with event as (
        insert into outgoing_events (type, at, subscriber_id, data)
        select announce.type, announce.at, announce.subscriber_id, announce.data
        where exists (select from outgoing_endpoints)
        returning id
      )
      insert into outgoing_deliveries (event_id, url, due_at)
      select event.id, url, '-infinity' from event, outgoing_endpoints
    $$`.execute(db);
  await sql`
    create function announce_subscriber() returns trigger language plpgsql as $$
    begin
      if not exists (select from outgoing_endpoints) then
        return null;
      end if;
      if tg_op = 'DELETE' then
        perform announce('subscriber.unsubscribed', now(), old.id, '{"reason": "erased"}');
        return null;
      end if;
      if new.suppressed_reason = 'copied' then
        return null;
      end if;
      if new.status = 'active' and old.status <> 'active' then
        perform announce('subscriber.confirmed', now(), new.id,
          jsonb_build_object('reason', case when old.status = 'pending' then 'confirmed' else 'returned' end));
      end if;
      if new.status = 'unsubscribed' and old.status not in ('unsubscribed', 'pending') then
        perform announce('subscriber.unsubscribed', now(), new.id, '{"reason": "unsubscribed"}');
      end if;
      if new.suppressed_reason is distinct from old.suppressed_reason and new.suppressed_reason is not null then
        perform announce('subscriber.suppressed', now(), new.id,
          jsonb_build_object('reason', new.suppressed_reason));
      end if;
      if new.email <> old.email then
        perform announce('subscriber.address_changed', now(), new.id, '{}');
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger subscribers_announced after update of status, suppressed_reason, email on subscribers
    for each row when ((old.status, old.suppressed_reason, old.email)
      is distinct from (new.status, new.suppressed_reason, new.email))
    execute function announce_subscriber()`.execute(db);
  await sql`
    create trigger subscribers_erased after delete on subscribers
    for each row execute function announce_subscriber()`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop trigger subscribers_announced on subscribers`.execute(db);
  await sql`drop trigger subscribers_erased on subscribers`.execute(db);
  await sql`drop function announce_subscriber()`.execute(db);
  await sql`drop function announce(text, timestamptz, bigint, jsonb)`.execute(db);
  await sql`drop table outgoing_deliveries, outgoing_events, outgoing_endpoints`.execute(db);
}
