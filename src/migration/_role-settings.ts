import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { OUR_SCHEMA, SESSION_SETTINGS } from '../database/session-settings.ts';

/** Behind a transaction pooler: stores the settings on the role, for all its new connections to this database. */
export async function storeRoleSettings(db: Db): Promise<void> {
  const { rows } = await sql<{ database: string; home: string }>`
    select quote_ident(current_database()) as database, quote_ident(${sql.raw(OUR_SCHEMA)}) as home`.execute(
    db,
  );
  const { database = '', home: schema = '' } = rows[0] ?? {};
  const settings = Object.entries({ ...SESSION_SETTINGS, search_path: schema });
  await sql
    .raw(
      `do $$ begin ${settings
        .map(([name, value]) => `alter role current_user in database ${database} set ${name} = '${value}';`)
        .join(' ')} end $$`,
    )
    .execute(db);
}

/** Applies the settings to one transaction, whatever the connection's are. */
export async function applyTransactionSettings(tx: Tx): Promise<void> {
  const settings = Object.entries(SESSION_SETTINGS).filter(([name]) => !/^default_|^idle_/.test(name));
  for (const [name, value] of settings) {
    await sql`select set_config(${name}, ${value}, true)`.execute(tx);
  }
  await sql`select set_config('search_path', quote_ident(${sql.raw(OUR_SCHEMA)}), true)`.execute(tx);
}

/** What the pooler's connections lack of the role's settings, in words. */
export async function listDifferingSettings(db: Db): Promise<string[]> {
  const names = Object.keys(SESSION_SETTINGS);
  const { rows } = await sql<{ name: string; value: string }>`
    select name, current_setting(name) as value from unnest(${names}::text[]) as setting (name)`.execute(db);
  return rows
    .filter(({ name, value }) => value !== SESSION_SETTINGS[name])
    .map(({ name, value }) => `${name} is ${value}, but should be ${SESSION_SETTINGS[name]}`);
}
