import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { AppError } from '../errors.ts';
import { OUR_SCHEMA, SESSION_SETTINGS } from '../database/session-settings.ts';

/** Behind a pooler of transactions: what every connection of this role to this database begins with. */
export async function setRole(db: Db): Promise<void> {
  const { rows } = await sql<{ database: string; home: string }>`
    select quote_ident(current_database()) as database, quote_ident(${sql.raw(OUR_SCHEMA)}) as home`.execute(
    db,
  );
  const { database = '', home = '' } = rows[0] ?? {};
  const settings = Object.entries({ ...SESSION_SETTINGS, search_path: home });
  await sql
    .raw(
      `do $$ begin ${settings
        .map(([name, value]) => `alter role current_user in database ${database} set ${name} = '${value}';`)
        .join(' ')} end $$`,
    )
    .execute(db);
}

/** The same for one transaction, whatever the connection has. */
export async function setTransaction(tx: Tx): Promise<void> {
  const settings = Object.entries(SESSION_SETTINGS).filter(([name]) => !/^default_|^idle_/.test(name));
  for (const [name, value] of settings) {
    await sql`select set_config(${name}, ${value}, true)`.execute(tx);
  }
  await sql`select set_config('search_path', quote_ident(${sql.raw(OUR_SCHEMA)}), true)`.execute(tx);
}

/** Throws AppError when connections of the pooler do not have the role's settings (yet). */
export async function requireRole(db: Db): Promise<void> {
  const names = Object.keys(SESSION_SETTINGS);
  const { rows } = await sql<{ name: string; value: string }>`
    select name, current_setting(name) as value from unnest(${names}::text[]) as setting (name)`.execute(db);
  const others = rows.filter(({ name, value }) => value !== SESSION_SETTINGS[name]);
  if (others.length > 0) {
    throw new AppError(
      'refused',
      'Behind a pooler of transactions the role needs settings that its connections do not have: run `verdicts migrate`, ' +
        'then RECONNECT in the console of PgBouncer (or restart the pooler).',
      others.map(({ name, value }) => `${name} is ${value}, but should be ${SESSION_SETTINGS[name]}`),
    );
  }
}
