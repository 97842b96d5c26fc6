import { sql } from 'kysely';
import grants from '../../migrations/grants.json' with { type: 'json' };
import type { Db, Tx } from '../database/connect.ts';
import { AppError } from '../errors.ts';

/** By table, in PostgreSQL's letters: r select, a insert, w update, d delete, D truncate. */
export type Grants = Readonly<Record<string, string>>;
export type Role = 'web' | 'worker';
/** The database roles that processes connect as; none where they connect as the owner. */
export type DatabaseRoles = Readonly<Partial<Record<Role, string | undefined>>>;

const PRIVILEGES = { r: 'select', a: 'insert', w: 'update', d: 'delete', D: 'truncate' } as const;

/** Made from the code, by the script that writes migrations/schema.json. */
export const GRANTS: Readonly<Record<Role, Grants>> = { web: grants.web, worker: grants.worker };
/** SECURITY DEFINER functions, by the role that calls them: they do what the role itself may not. */
export const FUNCTIONS: Readonly<Record<Role, readonly string[]>> = grants.functions;

/** Tables of pg-boss, which both roles enqueue in, watch over and work on. */
const QUEUE_PRIVILEGES = 'select, insert, update, delete';

/**
 * Gives the roles what their code needs and nothing else: no role can create, alter or drop anything. Never takes anything away, because
 * the previous version may still be running. Throws AppError for a role that does not exist.
 */
export async function grantRoles(db: Db, roles: DatabaseRoles): Promise<void> {
  for (const role of ['web', 'worker'] as const) {
    const name = roles[role];
    if (name !== undefined) {
      await requireRole(db, role, name);
      await db.transaction().execute((tx) => grantTo(tx, name, role));
    }
  }
}

async function requireRole(db: Db, role: Role, name: string): Promise<void> {
  const { rows } = await sql`select from pg_roles where rolname = ${name}`.execute(db);
  if (rows.length === 0) {
    throw new AppError(
      'refused',
      `The database has no role ${name}, which DATABASE_${role.toUpperCase()}_ROLE names.`,
      [`Create it: CREATE ROLE ${name} LOGIN PASSWORD '…';`],
    );
  }
}

async function grantTo(tx: Tx, name: string, role: Role): Promise<void> {
  // Two concurrent grants on one table fail: "tuple concurrently updated".
  await sql`select pg_advisory_xact_lock(hashtext('weekly-verdicts grants'))`.execute(tx);
  const to = sql.id(name);
  const { rows } = await sql<{ home: string }>`select current_schema() as home`.execute(tx);
  for (const schema of [rows[0]?.home ?? 'public', 'outbox', 'pgboss']) {
    await sql`grant usage on schema ${sql.id(schema)} to ${to}`.execute(tx);
  }
  const views = await listContentViews(tx);
  for (const [table, letters] of Object.entries(GRANTS[role])) {
    const privileges = views.has(table) ? PRIVILEGES.r : privilegesOf(letters).join(', ');
    await sql`grant ${sql.raw(privileges)} on ${sql.table(table)} to ${to}`.execute(tx);
  }
  for (const table of ALWAYS_READ) {
    await sql`grant select on ${sql.table(table)} to ${to}`.execute(tx);
  }
  for (const name of FUNCTIONS[role]) {
    await sql`grant execute on function ${sql.id(name)} to ${to}`.execute(tx);
  }
  await sql`grant ${sql.raw(QUEUE_PRIVILEGES)} on all tables in schema pgboss to ${to}`.execute(tx);
}

/** The content tables that are views of the site's own tables: they are only read (docs/content.md). */
async function listContentViews(tx: Tx): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'v' and relnamespace = (${OUR_NAMESPACE})`.execute(
    tx,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Where our tables are, also for a role that may not use that schema; none before the first migration. */
const OUR_NAMESPACE = sql`
  select pg_namespace.oid from pg_namespace
  where exists (select from pg_class where relnamespace = pg_namespace.oid and relname = 'installation' and relkind = 'r')
    and exists (select from pg_class where relnamespace = pg_namespace.oid and relname = 'migration_hashes')
  order by nspname = current_schema() desc nulls last, has_schema_privilege(oid, 'usage') desc limit 1`;

/** Whether this connection's role may migrate: it owns the tables, or there are none yet. */
export async function ownsTables(db: Db): Promise<boolean> {
  const { rows } = await sql<{ owns: boolean }>`
    select pg_has_role(current_user, relowner, 'usage') as owns from pg_class
    where relname = 'installation' and relnamespace = (${OUR_NAMESPACE})`.execute(db);
  return rows[0]?.owns ?? true;
}

/** Throws AppError unless this connection's role has what processes of these roles need. */
export async function requireRights(db: Db, roles: readonly Role[]): Promise<void> {
  const missing = await listMissingRights(db, roles);
  if (missing.length > 0) {
    const { rows } = await sql<{ name: string }>`select current_user as name`.execute(db);
    const name = rows[0]?.name ?? '';
    throw new AppError(
      'refused',
      `The database role ${name} lacks rights: run \`verdicts migrate\` as the owner of the tables, with ` +
        roles.map((role) => `DATABASE_${role.toUpperCase()}_ROLE=${name}`).join(' or '),
      missing.map(({ table, privilege }) => `it needs ${privilege} on ${table}`),
    );
  }
}

interface Right {
  table: string;
  privilege: string;
}

/** Tables and schemas that every process reads or uses, beside those of its role. */
const ALWAYS_READ = ['kysely_migration', 'migration_hashes'];
const SCHEMAS = ['outbox', 'pgboss'];

/** Throws AppError unless this connection's role may do the work of web or worker processes. */
export async function requireAnyRights(db: Db): Promise<void> {
  const { role } = await findNearestRole(db);
  await requireRights(db, [role]);
}

/** Which of the two this connection's role is meant for: the one whose rights it has most of, or else the one that it exceeds least. */
export async function findNearestRole(db: Db): Promise<{ role: Role; missing: Right[] }> {
  const web = await listMissingRights(db, ['web']);
  const worker = await listMissingRights(db, ['worker']);
  const more = countRights('web') - web.length - (countRights('worker') - worker.length);
  const isWeb =
    more === 0
      ? (await listExcessRights(db, ['web'])).length < (await listExcessRights(db, ['worker'])).length
      : more > 0;
  return isWeb ? { role: 'web', missing: web } : { role: 'worker', missing: worker };
}

async function listMissingRights(db: Db, roles: readonly Role[]): Promise<Right[]> {
  const { rows } = await sql<Right>`
    with home as (
      ${OUR_NAMESPACE}
    ), needed as (
      ${neededRights(roles)}
      union all select 'pgboss.' || relname, unnest(string_to_array(${QUEUE_PRIVILEGES}, ', ')) from pg_class
        where relnamespace = to_regnamespace('pgboss') and relkind in ('r', 'p')
    ), found as (
      select "table", privilege, pg_class.oid from needed
      join pg_class on relname = split_part("table", '.', case when "table" like '%.%' then 2 else 1 end)
        and relnamespace = case when "table" like '%.%' then to_regnamespace(split_part("table", '.', 1))::oid
          else (select oid from home) end
      where relkind <> 'v' or privilege = 'select'
    )
    select nspname as "table", 'usage' as privilege from pg_namespace
      where (nspname = any(${SCHEMAS}) or oid = (select oid from home)) and not has_schema_privilege(oid, 'usage')
    union select "table", privilege from found where not has_table_privilege(oid, privilege)
    union select proname || '()', 'execute' from pg_proc
      where pronamespace = (select oid from home) and proname = any(${roles.flatMap((role) => FUNCTIONS[role])})
        and not has_function_privilege(oid, 'execute')
    order by 1, 2`.execute(db);
  return rows;
}

/** What this connection's role may do, on our own tables and the whole server, beyond what processes of these roles need. */
export async function listExcessRights(db: Db, roles: readonly Role[]): Promise<string[]> {
  const { rows } = await sql<{ excess: string }>`
    with needed as (${neededRights(roles)})
    select privilege || ' on ' || relname as excess
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace,
      unnest(array['insert', 'update', 'delete', 'truncate', 'trigger']) as privilege
    where relkind in ('r', 'p') and nspname in (current_schema(), 'outbox') and has_table_privilege(pg_class.oid, privilege)
      and not exists (select from needed
        where needed.privilege = privilege.privilege
          and "table" = case nspname when 'outbox' then 'outbox.' || relname else relname end)
    union all select 'create in the schema ' || nspname from pg_namespace
      where nspname in (current_schema(), 'outbox', 'pgboss') and has_schema_privilege(oid, 'create')
    union all select attribute from pg_roles, unnest(array[
        case when rolsuper then 'superuser' end, case when rolcreatedb then 'createdb' end,
        case when rolcreaterole then 'createrole' end, case when rolreplication then 'replication' end,
        case when rolbypassrls then 'bypassrls' end]) as attribute
      where rolname = current_user and attribute is not null
    order by 1`.execute(db);
  return rows.map(({ excess }) => excess);
}

/** Not counting those that both roles need. */
function countRights(role: Role): number {
  return Object.values(GRANTS[role]).reduce((sum, letters) => sum + letters.length, FUNCTIONS[role].length);
}

/** Rows of table and privilege. */
function neededRights(roles: readonly Role[]) {
  const needed = roles.flatMap((role) =>
    Object.entries({
      ...GRANTS[role],
      ...Object.fromEntries(ALWAYS_READ.map((table) => [table, 'r'])),
    }).flatMap(([table, letters]) => privilegesOf(letters).map((privilege) => ({ table, privilege }))),
  );
  return sql`select * from unnest(${needed.map(({ table }) => table)}::text[], ${needed.map(
    ({ privilege }) => privilege,
  )}::text[]) as needed ("table", privilege)`;
}

function privilegesOf(letters: string): string[] {
  return Array.from(letters, (letter) => PRIVILEGES[letter as keyof typeof PRIVILEGES]);
}
