import { type Kysely, sql } from 'kysely';

/** A sign-up that was never confirmed is announced to nobody, so it is not said to have left either. */
export async function up(db: Kysely<never>): Promise<void> {
  await replaceFunction(
    db,
    sql`
      if tg_op = 'DELETE' and coalesce(old.confirmed_at, old.unsubscribed_at, old.suppressed_at) is null then
        return null;
      end if;`,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await replaceFunction(db, sql``);
}

async function replaceFunction(db: Kysely<never>, first: ReturnType<typeof sql>): Promise<void> {
  await sql`
    create or replace function announce_subscriber() returns trigger language plpgsql as $$
    begin
      if not exists (select from outgoing_endpoints) then
        return null;
      end if;${first}
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
}
