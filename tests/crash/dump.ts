import { sql } from 'kysely';
import type { Db } from '../../src/database/connect.ts';

/** The service's own tables and the queue; the outbox, as part of the outside world, is not restored. */
const TABLES = sql`
  select quote_ident(nspname) || '.' || quote_ident(relname) as name, replace(relname, '_', '') || nspname as copy,
    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where ((nspname = 'public' and relkind = 'r' and relname not like 'kysely%') or (nspname = 'pgboss' and relname = 'job'))`;

interface Table {
  name: string;
  copy: string;
  columns: string;
}

/** Copies every row in one snapshot, as pg_dump does. */
export async function takeDump(db: Db): Promise<void> {
  const { rows } = await sql<Table>`${TABLES}`.execute(db);
  await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      await sql`create schema dump`.execute(tx);
      await sql`
        create table dump.sequences as
        select quote_ident(schemaname) || '.' || quote_ident(sequencename) as name, last_value
        from pg_sequences where schemaname = 'public'`.execute(tx);
      for (const { name, copy, columns } of rows) {
        await sql.raw(`create table dump."${copy}" as select ${columns} from ${name}`).execute(tx);
      }
    });
}

/** Restores the data in place, without the schema. */
export async function restoreDump(db: Db): Promise<void> {
  const { rows } = await sql<Table>`${TABLES}`.execute(db);
  await db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    for (const { name } of rows) {
      await sql.raw(`delete from ${name}`).execute(tx);
    }
    await sql`
      select setval(name::regclass, coalesce(last_value, 1), last_value is not null) from dump.sequences`.execute(
      tx,
    );
    for (const { name, copy, columns } of rows) {
      await sql
        .raw(`insert into ${name} (${columns}) overriding system value select ${columns} from dump."${copy}"`)
        .execute(tx);
    }
  });
}
