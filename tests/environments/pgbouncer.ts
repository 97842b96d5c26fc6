import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { findFreePort } from '../support/free-port.ts';

const PGBOUNCER = '/usr/sbin/pgbouncer';

/** Debian's PgBouncer; its tests are skipped where it is missing. */
export const hasPgBouncer = existsSync(PGBOUNCER);

export interface PgBouncer {
  /** The same database through the pooler. */
  url: string;
  /** Runs a command in PgBouncer's admin console. */
  runAdminCommand: (command: string) => Promise<void>;
}

/** Starts a real PgBouncer with default settings except for pool mode and pool size. */
export async function startPgBouncer(
  databaseUrl: string,
  mode: 'session' | 'transaction',
  poolSize: number,
): Promise<PgBouncer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await findFreePort();
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl);
  writeFileSync(path.join(folder, 'users.txt'), `"${username}" "${password}"\n`);
  writeFileSync(
    path.join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${folder}/users.txt
admin_users = ${username}
pool_mode = ${mode}
default_pool_size = ${poolSize}
`,
  );
  const bouncer = start(folder);
  onTestFinished(async () => {
    bouncer.kill('SIGKILL');
    await once(bouncer, 'close');
    rmSync(folder, { recursive: true });
  });
  const base = `postgres://${username}:${password}@127.0.0.1:${port}`;
  const runAdminCommand = async (command: string) => {
    const console = new pg.Client({ connectionString: `${base}/pgbouncer` });
    await console.connect();
    await console.query(command).finally(() => console.end());
  };
  await expect
    .poll(() => runAdminCommand('show version').then(() => 'up', String), { timeout: 10_000 })
    .toBe('up');
  return {
    url: `${base}${pathname}${mode === 'transaction' ? '?pool_mode=transaction' : ''}`,
    runAdminCommand,
  };
}

/** PgBouncer refuses to run as root. */
function start(folder: string): ChildProcess {
  const drop =
    process.getuid?.() === 0
      ? ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups']
      : [];
  const settings = path.join(folder, 'pgbouncer.ini');
  const [wrapper, ...args] = [...drop, PGBOUNCER, settings];
  return spawn(wrapper, args, { stdio: 'ignore' });
}
