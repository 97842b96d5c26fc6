import { sql } from 'kysely';
import { describeClockSkew, measureClockSkew } from '../../installation/clock-skew.ts';
import { detectMove, explainMove } from '../../installation/identity.ts';
import { listProcesses } from '../../installation/processes.ts';
import { listNewerMigrations } from '../../migration/migrate.ts';
import { findSchemaProblem } from '../../migration/check-schema.ts';
import { findNearestRole, listExcessRights, ownsTables } from '../../migration/grants.ts';
import type { CheckContext } from './check-context.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

const MAX_CLOCK_SKEW_MS = 5_000;

export async function checkVersion({ context: { db } }: CheckContext): Promise<Finding[]> {
  const { rows } = await sql<{
    version: string;
  }>`select current_setting('server_version') as version`.execute(db);
  return [fine('PostgreSQL', rows[0]?.version ?? '')];
}

export async function checkSchema({ context: { db } }: CheckContext): Promise<Finding[]> {
  const problem = await findSchemaProblem(db);
  const newer = await listNewerMigrations(db);
  return problem
    ? [
        fault(
          'schema',
          [problem.message, ...problem.objects].join(' '),
          'Run `verdicts migrate`, or see docs/operating.md.',
        ),
      ]
    : [
        fine(
          'schema',
          newer.length > 0
            ? `the database was migrated by a newer version (${newer.length} more ${newer.length === 1 ? 'migration' : 'migrations'}), and this version can still run beside it`
            : 'tables and queues match this version',
        ),
      ];
}

export async function checkIdentity({ context: { db } }: CheckContext): Promise<Finding[]> {
  const move = await detectMove(db);
  return [
    move
      ? fault(
          'identity',
          explainMove(move),
          'Make sure that this database has the newest state, then run `verdicts restored`.',
        )
      : fine('identity', 'the database was not moved'),
  ];
}

export async function checkClock({ context: { db } }: CheckContext): Promise<Finding[]> {
  const ahead_ms = await measureClockSkew(db);
  const problem = describeClockSkew(ahead_ms);
  const message = problem ?? `differs from the database's by ${Math.abs(ahead_ms)} ms`;
  const advice = 'Synchronize both machines with a time server, such as chrony or systemd-timesyncd.';
  if (problem) {
    return [fault('clock', message, advice)];
  }
  return [
    Math.abs(ahead_ms) < MAX_CLOCK_SKEW_MS ? fine('clock', message) : warning('clock', message, advice),
  ];
}

/** Whether this connection's role may do everything that it needs to do, and nothing else. */
export async function checkRights({ context: { db, config }, isReal }: CheckContext): Promise<Finding[]> {
  const { rows } = await sql<{ role: string; is_superuser: boolean }>`
    select current_user as role, rolsuper as is_superuser from pg_roles where rolname = current_user`.execute(
    db,
  );
  const { role = '', is_superuser = false } = rows[0] ?? {};
  if (isReal && is_superuser) {
    return [
      warning(
        'rights',
        `${role} is a superuser, which nothing here needs`,
        'Connect as a role that owns this database only (deploy/postgres/create-roles.sh makes one).',
      ),
    ];
  }
  const isProcessRole = Object.values(config.databaseRoles).includes(role);
  if (await ownsTables(db)) {
    return [
      isProcessRole
        ? warning(
            'rights',
            `${role} should own nothing, but it owns the tables or is a member of the role that owns them`,
            'Make another role the owner, or revoke the membership; only `verdicts migrate` needs it.',
          )
        : fine('rights', `${role} owns the tables`),
    ];
  }
  const { missing, role: needed } = await findNearestRole(db);
  const excess = await listExcessRights(db, [needed]);
  if (missing.length > 0) {
    return [
      fault(
        'rights',
        `${role} lacks ${missing.map(({ table, privilege }) => `${privilege} on ${table}`).join(', ')}`,
        'Run `verdicts migrate` as the owner, with DATABASE_WEB_ROLE and DATABASE_WORKER_ROLE.',
      ),
    ];
  }
  return [
    excess.length > 0
      ? warning(
          'rights',
          `${role} may do more than a ${needed} needs: ${excess.join(', ')}`,
          'Revoke these rights.',
        )
      : fine('rights', `${role} owns nothing, and may do exactly what a ${needed} needs`),
  ];
}

/** Settings of the server that "only once" relies on, and that keep it fast. */
const RELIED_ON = [
  ['fsync', 'a crash of the machine could forget which mails were sent'],
  ['full_page_writes', 'a crash of the machine could damage the tables'],
  ['autovacuum', 'tables grow, and queries become slow'],
  ['track_counts', 'autovacuum does not know which tables to look after'],
] as const;

export async function checkServerSettings({ context: { db } }: CheckContext): Promise<Finding[]> {
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings where name = any(${RELIED_ON.map(([name]) => name)}::text[]) and setting = 'off'`.execute(
    db,
  );
  const off = new Set(rows.map(({ name }) => name));
  const { rows: session } = await sql<{ read_only: string }>`
    select current_setting('default_transaction_read_only') as read_only`.execute(db);
  if (session[0]?.read_only === 'on') {
    return [
      fault(
        'server settings',
        'default_transaction_read_only is on, so nothing can be written',
        'Reset it for the role and the database, or connect to the primary.',
      ),
    ];
  }
  const findings = RELIED_ON.filter(([name]) => off.has(name)).map(([name, consequence]) =>
    warning('server settings', `${name} is off: ${consequence}`, `Set ${name} = on in postgresql.conf.`),
  );
  return findings.length > 0 ? findings : [fine('server settings', 'everything that we rely on is on')];
}

/** Compares the connections that processes may open with the limits of the server, the role and the database. */
export async function checkConnections({ context: { db, config } }: CheckContext): Promise<Finding[]> {
  const { main, votes, queue } = config.connections;
  const needed = main + votes + queue;
  const processes = Math.max(1, (await listProcesses(db)).length);
  // Our role cannot read the rows of other roles in pg_stat_activity, so connections are counted by pg_stat_database.
  const { rows } = await sql<{ allowed: number; free: number }>`
    select least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        nullif((select rolconnlimit from pg_roles where rolname = current_user), -1),
        nullif((select datconnlimit from pg_database where datname = current_database()), -1)) as allowed,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - (select sum(numbackends) from pg_stat_database)::int as free`.execute(db);
  const { allowed = 0, free = 0 } = rows[0] ?? {};
  const message =
    `${processes === 1 ? 'a process opens' : `${processes} processes open`} at most ${needed * processes} ` +
    `(each ${main}, votes ${votes}, queue ${queue}); the limit is ${allowed}, ${free} are free`;
  const advice = 'Lower DATABASE_POOL, raise max_connections, or put PgBouncer in between.';
  if (needed > allowed) {
    return [fault('connections', message, advice)];
  }
  return [
    needed * processes > allowed || free <= 0
      ? warning('connections', message, advice)
      : fine('connections', message),
  ];
}
