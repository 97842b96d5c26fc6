/** What statements of ours rely on, whatever the role, the database or the server has been set to. */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // An issue for millions is prepared in one statement, and a table that somebody holds is waited for.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_session_timeout: '0',
  // A machine that is cut off inside a transaction holds its locks no longer: none of ours pauses so long by itself.
  idle_in_transaction_session_timeout: '20s',
};

/** Votes: plans that were made while tables were empty must do for a million rows as well. */
export const INDEX_SETTINGS: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/**
 * Where our tables are, or will be: the schema that holds them already, the one that is searched first, or public. Never
 * an empty path, which a role may be given.
 */
export const OUR_SCHEMA = `coalesce(
  (select nspname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relname = 'installation' and relkind = 'r' and has_schema_privilege(nspname, 'usage')
    order by coalesce(array_position(current_schemas(false), nspname), 99), nspname <> 'public', nspname limit 1),
  current_schema(), 'public')`;

/** One text for a connection of its own, so that it costs one round trip. */
export function sessionStatements(more: Readonly<Record<string, string>> = {}): string {
  return [
    ...Object.entries({ ...SESSION_SETTINGS, ...more }).map(([name, value]) => `set ${name} = '${value}'`),
    `select set_config('search_path', quote_ident(${OUR_SCHEMA}), false)`,
    // PostgreSQL 17 has it, 15 does not.
    `select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'`,
    // What was written must outlive a crash: "only once" is a row.
    `select set_config(name, 'on', false) from pg_settings where name = 'synchronous_commit' and setting = 'off'`,
  ].join('; ');
}

/**
 * `transaction` when DATABASE_URL says `?pool_mode=transaction`: behind a pooler that may give every transaction another
 * connection. Nothing can be kept in a connection then; `verdicts migrate` sets the role instead.
 */
export function poolModeOf(databaseUrl: string): 'session' | 'transaction' {
  return new URL(databaseUrl).searchParams.get('pool_mode') === 'transaction' ? 'transaction' : 'session';
}
