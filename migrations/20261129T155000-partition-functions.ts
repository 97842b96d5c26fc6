import { type Kysely, sql } from 'kysely';

/**
 * For the partitions that the next migration makes. The functions create and drop tables, which workers must not: so they run with
 * the rights of the tables' owner.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table partitions (
      of_table text not null,
      first_issue integer not null,
      next_issue integer not null,
      name text not null,
      primary key (of_table, first_issue)
    )`.execute(db);
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db);
  const home = sql.id(rows[0]!.name);
  // Of this issue and the next three. Attaching a partition waits for no statement, and none waits for it.
  await sql`
    create function add_partitions(issue integer) returns void language plpgsql security definer
    set search_path = ${home}, pg_temp as $$
    declare
      parent text;
      part text;
    begin
      perform pg_advisory_xact_lock(hashtext('weekly-verdicts partitions'));
      for this_issue in issue..issue + 3 loop
        foreach parent in array array['deliveries', 'votes'] loop
          if not exists (
            select from partitions where of_table = parent and first_issue <= this_issue and next_issue > this_issue
          ) then
            part := parent || '_' || this_issue;
            execute format('create table %I (like %I including defaults including constraints including storage)', part, parent);
            if parent = 'deliveries' then
              execute format('alter table %I set (fillfactor = 36), add primary key (id)', part);
            end if;
            execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, part, this_issue, this_issue + 1);
            insert into partitions (of_table, first_issue, next_issue, name) values (parent, this_issue, this_issue + 1, part);
          end if;
        end loop;
      end loop;
    end $$`.execute(db);
  await sql`
    create function add_partitions_for() returns trigger language plpgsql security definer
    set search_path = ${home}, pg_temp as $$
    begin
      if (select count(*) from partitions where first_issue <= new.id and next_issue > new.id) < 2 then
        perform add_partitions(new.id);
      end if;
      return null;
    end $$`.execute(db);
  // Rejects with 55P03 while statements use the table: waiting, it would hold up all that come after it.
  await sql`
    create function drop_partition(parent text, from_issue integer) returns void language plpgsql security definer
    set search_path = ${home}, pg_temp set lock_timeout = '50ms' as $$
    declare
      dropped partitions;
    begin
      delete from partitions
      where of_table = parent and first_issue = from_issue
      returning * into strict dropped;
      -- Of an issue that is not visible yet it may be the partition, too.
      if not coalesce((
        select bool_and(past_at is not null) from issues where id >= dropped.first_issue and id < dropped.next_issue
      ), false) then
        raise exception '% has an issue that is not past', dropped.name;
      end if;
      execute format('drop table %I', dropped.name);
    end $$`.execute(db);
  await sql`revoke execute on function add_partitions, add_partitions_for, drop_partition from public`.execute(
    db,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function add_partitions_for, add_partitions, drop_partition`.execute(db);
  await sql`drop table partitions`.execute(db);
}
