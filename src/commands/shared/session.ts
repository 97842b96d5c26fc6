import path from 'node:path';
import { type Config, readConfig, withPublicUrl } from '../../config/config.ts';
import { type Context, openContext } from '../../context.ts';
import { openDatabase, openPool } from '../../database/connect.ts';
import { requireDatabase, updateDatabase } from '../../migration/update-database.ts';
import { findPublicUrl } from '../../installation/installation.ts';
import { openLocalPostgres } from '../../local/postgres/postgres.ts';
import { type Log, openLog } from '../../log.ts';
import { listenForStop } from './stop-signals.ts';
import type { Terminal } from './terminal.ts';

export interface SessionNeeds {
  /** The command submits mails itself, so it needs Resend or a local outbox. */
  sends?: boolean;
}

export interface Session {
  terminal: Terminal;
  context: Context;
  close: () => Promise<void>;
}

/** The data folder of the local PostgreSQL, outbox and demo. */
export const LOCAL_HOME = path.resolve('.local');

/** Opens the configured database, or the local one that a running `start` may be using at the same time. */
export async function openSession(
  terminal: Terminal,
  { sends = false }: SessionNeeds = {},
): Promise<Session> {
  const settings = readConfig(terminal.env);
  const log = openLog(settings.logLevel, terminal.stderr);
  const postgres = settings.databaseUrl ? undefined : await openLocalPostgres(LOCAL_HOME);
  const databaseUrl = postgres?.url ?? settings.databaseUrl ?? '';
  try {
    await prepareTables(databaseUrl, postgres !== undefined, log);
    const config = withPublicUrl(settings, await readPublicUrl(databaseUrl));
    return await openOn(config, {
      terminal,
      log,
      databaseUrl,
      sends,
      closeDatabase: () => postgres?.close(),
    });
  } catch (error) {
    // Otherwise its server would keep this process alive.
    postgres?.close();
    throw error;
  }
}

interface Opened {
  terminal: Terminal;
  log: Log;
  databaseUrl: string;
  sends: boolean;
  closeDatabase: () => void;
}

async function openOn(
  config: Config,
  { terminal, log, databaseUrl, sends, closeDatabase }: Opened,
): Promise<Session> {
  const stopping = new AbortController();
  const ignoreStop = listenForStop(() => stopping.abort());
  const outbox = sends && !config.resendApiKey ? await openOutbox(config, databaseUrl, log) : undefined;
  const context = await openContext(config, databaseUrl, outbox?.url ?? config.resendBaseUrl, {
    log,
    stopping: stopping.signal,
    opensQueueOnUse: true,
  });
  return {
    terminal,
    context,
    close: async () => {
      stopping.abort();
      try {
        await outbox?.close();
        await context.close();
        closeDatabase();
      } finally {
        ignoreStop();
      }
    },
  };
}

async function openOutbox(config: Config, databaseUrl: string, log: Log) {
  const { openLocalOutbox, serveOutbox } = await import('./local-outbox.ts');
  return serveOutbox(openLocalOutbox(config, databaseUrl, log));
}

/** The public URL announced by the running server, so that links are the same from every process. */
export async function readPublicUrl(databaseUrl: string): Promise<string | undefined> {
  const db = openDatabase(openPool(databaseUrl, 1));
  return findPublicUrl(db).finally(() => db.destroy());
}

/** Migrates the local database on opening; only `migrate` and `start` migrate a configured one. */
async function prepareTables(databaseUrl: string, isLocal: boolean, log: Log): Promise<void> {
  if (isLocal) {
    await updateDatabase(databaseUrl, log);
    return;
  }
  await requireDatabase(databaseUrl);
}
