import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { createDataDirectory } from '../support/data-directory.ts';

export interface RestartablePostgres {
  url: string;
  /**
   * Like `pg_ctl restart -m immediate`: clients are not notified, uncommitted changes are lost; the port stays the same.
   */
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

/** A dedicated server without a proxy in front of it, so that clients wait only for PostgreSQL. */
export async function openRestartablePostgres(): Promise<RestartablePostgres> {
  const home = createDataDirectory('weekly-verdicts-restartable-');
  const server = await openLocalPostgres(home, ['fsync=off', 'max_connections=300']);
  const readPid = () =>
    Number.parseInt(readFileSync(path.join(home, 'postgres', 'postmaster.pid'), 'utf8'), 10);
  const stop = async () => {
    const pid = readPid();
    process.kill(pid, 'SIGQUIT');
    while (isRunning(pid)) {
      await sleep(5);
    }
  };
  return {
    url: server.url,
    restart: async () => {
      const { command, args, uid, gid } = describeProcess(readPid());
      await stop();
      spawn(command, args, { uid, gid, detached: true, stdio: 'ignore', cwd: home }).unref();
      while (!(await accepts(server.url))) {
        await sleep(50);
      }
    },
    close: async () => {
      server.close();
      await stop().catch(() => undefined);
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** The command line of a process, and the user that it runs as. */
function describeProcess(pid: number) {
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const idOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { command, args, uid: idOf('Uid'), gid: idOf('Gid') };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
