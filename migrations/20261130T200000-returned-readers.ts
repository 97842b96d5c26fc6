import { type Kysely, sql } from 'kysely';

/**
 * When a reader took back an unsubscribe: an older list does not bring it back. And a function for the first import of another
 * installation's export: links in its mails have the ids of its readers, so nobody here may get one of them. `start` grows with
 * every day, so that a second move begins above the first.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db);
  await sql`alter table subscribers add column returned_at timestamptz`.execute(db);
  await sql`
    create function start_ids_at(start integer) returns void language plpgsql security definer
    set search_path = ${sql.id(rows[0]!.name)}, pg_temp as $$
    declare
      sequence text;
      step bigint;
    begin
      for sequence, step in
        select pg_get_serial_sequence(name, 'id'), steps from (values ('subscribers', 1000000),
          ('address_changes', 10000), ('issues', 1000)) as tables (name, steps)
      loop
        perform setval(sequence, greatest(nextval(sequence), start * step));
      end loop;
    end $$`.execute(db);
  await sql`revoke execute on function start_ids_at from public`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function start_ids_at`.execute(db);
  await sql`alter table subscribers drop column returned_at`.execute(db);
}
