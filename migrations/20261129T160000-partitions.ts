import { type Kysely, sql } from 'kysely';

const COUNTED = {
  deliveries: 'count_delivery_changes',
  votes: 'count_vote_changes',
} as const;
type Table = keyof typeof COUNTED;
const TABLES = Object.keys(COUNTED) as Table[];
const CHANGES = ['inserted', 'updated', 'deleted'];

/**
 * Deliveries and votes in a partition for each issue, so that those of an old issue go at once. A draft adds the partitions
 * of its issue, the release that is running included. What there was before stays in one partition.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ first: number }>`
    select coalesce(max(id), 0) + 1 as first from issues`.execute(db);
  for (const table of TABLES) {
    await partition(db, table);
  }
  await sql`
    create trigger add_partitions after insert on issues
    for each row execute function add_partitions_for()`.execute(db);
  await sql`select add_partitions(${sql.lit(rows[0]!.first)})`.execute(db);
}

async function partition(db: Kysely<never>, table: Table): Promise<void> {
  const { rows } = await sql<{ is_empty: boolean; next: number; last_id: string | null }>`
    select not exists (select from ${sql.id(table)}) as is_empty,
      greatest(
        (select substring(pg_get_constraintdef(oid) from '< (\\d+)')::integer from pg_constraint
          where conrelid = ${sql.lit(table)}::regclass and conname = ${sql.lit(`${table}_bound`)}),
        (select coalesce(max(id), 0) + 1 from issues)) as next,
      ${lastIdOf(table)} as last_id`.execute(db);
  const { is_empty, next, last_id } = rows[0]!;
  const before = `${table}_before_${next}`;
  await sql`alter table ${sql.id(table)} rename to ${sql.id(before)}`.execute(db);
  await renameIndexes(db, table, before);
  if (last_id !== null) {
    await sql`alter table ${sql.id(before)} alter id drop identity`.execute(db);
  }
  await sql`
    create table ${sql.id(table)} (like ${sql.id(before)} including defaults including constraints including storage)
    partition by range (issue_id)`.execute(db);
  await sql`alter table ${sql.id(table)} drop constraint ${sql.id(`${table}_bound`)}`.execute(db);
  await addKeys(db, table, last_id);
  await copyRights(db, before, table);
  for (const change of CHANGES) {
    await sql`drop trigger ${sql.id(`count_${change}`)} on ${sql.id(before)}`.execute(db);
  }
  await createTriggers(db, table);
  if (is_empty) {
    await sql`drop table ${sql.id(before)}`.execute(db);
    return;
  }
  await sql`
    alter table ${sql.id(table)} attach partition ${sql.id(before)} for values from (minvalue) to (${sql.lit(next)})`.execute(
    db,
  );
  await sql`
    insert into partitions (of_table, first_issue, next_issue, name) values (${table}, 0, ${next}, ${before})`.execute(
    db,
  );
}

/** The last id that was given; null for votes, which have none. */
function lastIdOf(table: Table) {
  return table === 'votes'
    ? sql`null`
    : sql`(
        select greatest(max(id), pg_sequence_last_value(pg_get_serial_sequence('deliveries', 'id')), 0) from deliveries)`;
}

async function createTriggers(db: Kysely<never>, table: Table): Promise<void> {
  for (const [change, event, rows] of [
    ['inserted', 'insert', 'new table as new_rows'],
    ['updated', 'update', 'old table as old_rows new table as new_rows'],
    ['deleted', 'delete', 'old table as old_rows'],
  ] as const) {
    await sql`
      create trigger ${sql.id(`count_${change}`)} after ${sql.raw(event)} on ${sql.id(table)} referencing ${sql.raw(rows)}
      for each statement execute function ${sql.id(COUNTED[table])}()`.execute(db);
  }
}

/** Their names are wanted for those of the whole table. */
async function renameIndexes(db: Kysely<never>, table: Table, to: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = ${sql.lit(to)}::regclass`.execute(db);
  for (const { name } of rows) {
    await sql`alter index ${sql.id(name)} rename to ${sql.id(name.replace(table, to))}`.execute(db);
  }
}

/** Those that exist on the present rows, except the key of a delivery, which lacks the issue: each partition has its own. */
async function addKeys(db: Kysely<never>, table: Table, lastId: string | null): Promise<void> {
  if (table === 'votes') {
    await sql`alter table votes add constraint votes_pkey primary key (issue_id, voter_key, tool_slug)`.execute(
      db,
    );
    return;
  }
  await sql`
    alter table deliveries alter id add generated always as identity (start ${sql.raw(String(BigInt(lastId ?? 0) + 1n))})`.execute(
    db,
  );
  await sql`
    alter table deliveries add constraint deliveries_issue_id_subscriber_id_key unique (issue_id, subscriber_id)`.execute(
    db,
  );
  await sql`create index deliveries_batch on deliveries (batch_id)`.execute(db);
  await sql`create index deliveries_subscriber on deliveries (subscriber_id)`.execute(db);
}

/** Processes go on while this runs, as roles that own nothing. */
async function copyRights(db: Kysely<never>, from: string, to: string): Promise<void> {
  const { rows } = await sql<{ right: string }>`
    select format('grant %s on %I to %s', string_agg(privilege_type, ', '), ${to}::text, grantee::regrole) as right
    from pg_class, aclexplode(relacl)
    where pg_class.oid = ${sql.lit(from)}::regclass and grantee not in (0, relowner) group by grantee`.execute(
    db,
  );
  for (const { right } of rows) {
    await sql.raw(right).execute(db);
  }
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop trigger add_partitions on issues`.execute(db);
  await sql`delete from partitions`.execute(db);
  for (const table of TABLES) {
    await unpartition(db, table);
  }
}

async function unpartition(db: Kysely<never>, table: Table): Promise<void> {
  const { rows } = await sql<{ last_id: string | null; bound: number }>`
    select (select coalesce(max(id), 0) + 10 from issues) as bound, ${lastIdOf(table)} as last_id`.execute(
    db,
  );
  const parts = `${table}_in_partitions`;
  await sql`alter table ${sql.id(table)} rename to ${sql.id(parts)}`.execute(db);
  await sql`create table ${sql.id(table)} (like ${sql.id(parts)} including defaults including constraints including storage)`.execute(
    db,
  );
  await sql`insert into ${sql.id(table)} select * from ${sql.id(parts)}`.execute(db);
  await copyRights(db, parts, table);
  await sql`drop table ${sql.id(parts)}`.execute(db);
  await addKeys(db, table, rows[0]?.last_id ?? null);
  if (table === 'deliveries') {
    await sql`alter table deliveries set (fillfactor = 36), add primary key (id)`.execute(db);
  }
  await sql`
    alter table ${sql.id(table)} add constraint ${sql.id(`${table}_bound`)} check (issue_id < ${sql.lit(rows[0]!.bound)})`.execute(
    db,
  );
  await createTriggers(db, table);
}
