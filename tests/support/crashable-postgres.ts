import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { createDataDirectory } from './data-directory.ts';
import { openTcpProxy } from './tcp-proxy.ts';

export interface CrashablePostgres {
  /** Connects to its database `verdicts`; stays the same over a restart. */
  url: string;
  /** Like `pg_ctl stop -m immediate`: clients are not notified, no checkpoint, and uncommitted changes are lost. */
  crash: () => Promise<void>;
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

/** Starts a dedicated server that a test may kill, behind a proxy so that its address stays the same. */
export async function openCrashablePostgres(): Promise<CrashablePostgres> {
  const home = createDataDirectory('weekly-verdicts-crashable-');
  const flags = ['fsync=off', 'max_connections=300'];
  const servers = [await openLocalPostgres(home, flags)];
  const url = new URL(servers[0]!.url);
  const proxy = await openTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  const pidFile = path.join(home, 'postgres', 'postmaster.pid');
  return {
    url: url.href,
    crash: async () => {
      const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
      process.kill(pid, 'SIGQUIT');
      await until(() => !isRunning(pid));
      await proxy.close();
    },
    restart: async () => {
      const server = await openLocalPostgres(home, flags);
      servers.push(server);
      await proxy.reopen(Number(new URL(server.url).port));
    },
    close: async () => {
      await proxy.close();
      servers.forEach((server) => server.close());
      await until(() => !existsSync(pidFile));
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isDone()) {
    if (performance.now() > deadline) {
      throw new Error('PostgreSQL did not stop within 20 s');
    }
    await sleep(5);
  }
}
