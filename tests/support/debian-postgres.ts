import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDataDirectory } from './data-directory.ts';
import { findFreePort } from './free-port.ts';

const BINARIES = '/usr/lib/postgresql/15/bin';

/** The oldest supported version, as Debian packages it; its tests are skipped where it is missing. */
export const hasDebianPostgres = existsSync(`${BINARIES}/pg_basebackup`);

const runsAsRoot = process.getuid?.() === 0;

export interface DebianPostgres {
  /** Connects to the database `postgres` as superuser. */
  url: string;
  folder: string;
  /** Immediate shutdown, like the death of a machine: clients are not notified, no checkpoint. */
  crash: () => Promise<void>;
  close: () => Promise<void>;
}

/** Starts a dedicated server in a temporary folder, new or on the data that `fill` puts there. */
export async function startDebianPostgres(fill?: (folder: string) => void): Promise<DebianPostgres> {
  const home = createDataDirectory('verdicts-postgres-15-');
  if (runsAsRoot) {
    chownSync(home, postgresId('-u'), postgresId('-g'));
  }
  const folder = path.join(home, 'data');
  if (fill) {
    fill(folder);
  } else {
    runTool('initdb', [
      '-D',
      folder,
      '-A',
      'trust',
      '-U',
      'postgres',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]);
  }
  const port = await findFreePort();
  const url = `postgres://postgres:none@127.0.0.1:${port}/postgres`;
  const server = run('postgres', [
    '-D',
    folder,
    '-p',
    String(port),
    '-c',
    'fsync=off',
    '-c',
    'max_connections=300',
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
  ]);
  const closed = once(server, 'close');
  await waitUntilReady(url);
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    await closed;
  };
  return {
    url,
    folder,
    crash: () => end('SIGQUIT'),
    close: async () => {
      await end('SIGINT');
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** Runs `pg_dump`, `pg_basebackup` and the like to completion. */
export function runTool(tool: string, args: string[], input?: Buffer): Buffer {
  const [command = tool, ...all] = commandFor(tool, args);
  return execFileSync(command, all, { input, maxBuffer: 1 << 29, stdio: ['pipe', 'pipe', 'inherit'] });
}

function run(tool: string, args: string[]): ChildProcess {
  const [command = tool, ...all] = commandFor(tool, args);
  return spawn(command, all, { stdio: 'ignore' });
}

/** PostgreSQL refuses to run as root. */
function commandFor(tool: string, args: string[]): string[] {
  const drop = runsAsRoot ? ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'] : [];
  return [...drop, `${BINARIES}/${tool}`, ...args];
}

function postgresId(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

async function waitUntilReady(connectionString: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      return;
    } catch {
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new Error('the server did not start');
}
