import { type Kysely, sql } from 'kysely';

/**
 * Of a restored database: the ids that readers, issues and others got after the backup are in links and at Resend, so nobody may
 * get them a second time. Sequences belong to the owner of the tables, with whose rights it runs. The steps are more than a
 * newsletter gives away between two backups; links have room for 16 million issues. `move` is the key of a move.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db);
  await sql`create table id_advances (move text primary key, advanced_at timestamptz not null)`.execute(db);
  await sql`
    create function advance_ids(moved text) returns void language plpgsql security definer
    set search_path = ${sql.id(rows[0]!.name)}, pg_temp as $$
    declare
      sequence text;
      step bigint;
    begin
      insert into id_advances values (moved, now()) on conflict do nothing;
      if not found then
        return;
      end if;
      for sequence, step in
        select pg_get_serial_sequence(name, 'id'), steps from (values ('subscribers', 1000000),
          ('address_changes', 10000), ('issues', 1000), ('batches', 1000000), ('deliveries', 100000000)) as tables (name, steps)
      loop
        perform setval(sequence, nextval(sequence) + step);
      end loop;
    end $$`.execute(db);
  await sql`revoke execute on function advance_ids from public`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function advance_ids`.execute(db);
  await sql`drop table id_advances`.execute(db);
}
