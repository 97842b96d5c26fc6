import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { makeServerHome } from './data-directory.ts';
import { openTcpProxy } from './tcp-proxy.ts';

export interface MortalPostgres {
  /** Leads to its database `verdicts`, before and after. */
  url: string;
  /** As `pg_ctl stop -m immediate`: no goodbye, no checkpoint, and what was not committed is lost. */
  crash: () => Promise<void>;
  startAgain: () => Promise<void>;
  close: () => Promise<void>;
}

/** A server of its own behind an address that stays the same. */
export async function openMortalPostgres(): Promise<MortalPostgres> {
  const home = makeServerHome('weekly-verdicts-mortal-');
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
    startAgain: async () => {
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

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) {
      throw new Error('PostgreSQL does not stop');
    }
    await sleep(5);
  }
}
