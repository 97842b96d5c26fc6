/** Settings our statements rely on; they override those of the role, the database and the server. */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // Preparing an issue for millions is one long statement, and locked tables are waited for.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_session_timeout: '0',
  // Releases the locks of a machine cut off inside a transaction; our transactions are never idle this long.
  idle_in_transaction_session_timeout: '20s',
};

/** For prepared statements: plans made while the tables are empty must also suit a million rows. */
export const INDEX_SETTINGS: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/**
 * SQL expression for the schema of our tables: the one that already has them, else the first of the search path, else
 * `public` (a role's search path may be empty).
 */
export const OUR_SCHEMA = `coalesce(
  (select nspname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relname = 'installation' and relkind = 'r' and has_schema_privilege(nspname, 'usage')
    order by coalesce(array_position(current_schemas(false), nspname), 99), nspname <> 'public', nspname limit 1),
  current_schema(), 'public')`;

/** Session setup of a new connection, as a single string so that it costs one round trip. */
export function sessionStatements(extra: Readonly<Record<string, string>> = {}): string {
  return [
    ...Object.entries({ ...SESSION_SETTINGS, ...extra }).map(([name, value]) => `set ${name} = '${value}'`),
    `select set_config('search_path', quote_ident(${OUR_SCHEMA}), false)`,
    // Exists since PostgreSQL 17.
    `select set_config('transaction_timeout', '0', false) where current_setting('transaction_timeout', true) is not null`,
    // Commits must survive a crash: rows are what guarantees "only once".
    `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`,
  ].join('; ');
}

/**
 * `transaction` when DATABASE_URL has `?pool_mode=transaction`: a pooler may run each transaction on another
 * connection. Session settings do not persist then; `verdicts migrate` sets them on the role instead.
 */
export function poolModeOf(databaseUrl: string): 'session' | 'transaction' {
  return new URL(databaseUrl).searchParams.get('pool_mode') === 'transaction' ? 'transaction' : 'session';
}
