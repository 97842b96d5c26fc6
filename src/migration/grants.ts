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
export const GRANTS: Readonly<Record<Role, Grants>> = grants;

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
      await db.transaction().execute((tx) => grantTo(tx, name, GRANTS[role]));
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

async function grantTo(tx: Tx, role: string, grants: Grants): Promise<void> {
  // Two grants on one table at once: "tuple concurrently updated".
  await sql`select pg_advisory_xact_lock(hashtext('weekly-verdicts grants'))`.execute(tx);
  const to = sql.id(role);
  const { rows } = await sql<{ home: string }>`select current_schema() as home`.execute(tx);
  for (const schema of [rows[0]?.home ?? 'public', 'outbox', 'pgboss']) {
    await sql`grant usage on schema ${sql.id(schema)} to ${to}`.execute(tx);
  }
  for (const [table, letters] of Object.entries(grants)) {
    await sql`grant ${sql.raw(privilegesOf(letters).join(', '))} on ${sql.table(table)} to ${to}`.execute(tx);
  }
  for (const table of ['kysely_migration', 'migration_hashes']) {
    await sql`grant select on ${sql.table(table)} to ${to}`.execute(tx);
  }
  await sql`grant ${sql.raw(QUEUE_PRIVILEGES)} on all tables in schema pgboss to ${to}`.execute(tx);
}

/** Whether this connection's role may migrate: it owns the tables, or there are none yet. */
export async function ownsTables(db: Db): Promise<boolean> {
  const { rows } = await sql<{ owns: boolean }>`
    select pg_has_role(current_user, relowner, 'usage') as owns from pg_class where oid = to_regclass('installation')`.execute(
    db,
  );
  return rows[0]?.owns ?? true;
}

/** Throws AppError unless this connection's role has what processes of these roles need. */
export async function requireRights(db: Db, roles: readonly Role[]): Promise<void> {
  const missing = await listMissingRights(db, roles);
  if (missing.length > 0) {
    const { rows } = await sql<{ name: string }>`select current_user as name`.execute(db);
    throw new AppError(
      'refused',
      `The database role ${rows[0]?.name ?? ''} lacks rights: run \`verdicts migrate\` as the owner of the tables, with ` +
        roles.map((role) => `DATABASE_${role.toUpperCase()}_ROLE=${rows[0]?.name ?? ''}`).join(' or '),
      missing.map(({ table, privilege }) => `it needs ${privilege} on ${table}`),
    );
  }
}

export interface MissingRight {
  table: string;
  privilege: string;
}

export async function listMissingRights(db: Db, roles: readonly Role[]): Promise<MissingRight[]> {
  const needed = roles.flatMap((role) =>
    Object.entries(GRANTS[role]).flatMap(([table, letters]) =>
      privilegesOf(letters).map((privilege) => ({ table, privilege })),
    ),
  );
  const { rows } = await sql<MissingRight>`
    select distinct "table", privilege
    from unnest(${needed.map(({ table }) => table)}::text[], ${needed.map(({ privilege }) => privilege)}::text[])
      as needed ("table", privilege)
    where to_regclass("table") is not null and not has_table_privilege(to_regclass("table"), privilege)
    order by 1, 2`.execute(db);
  return rows;
}

function privilegesOf(letters: string): string[] {
  return Array.from(letters, (letter) => PRIVILEGES[letter as keyof typeof PRIVILEGES]);
}
