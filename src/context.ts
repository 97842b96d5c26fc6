import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { Resend } from 'resend';
import type { Config } from './config.ts';
import { type Db, openDatabase, openPool } from './database.ts';
import { type Installation, loadInstallation } from './installation.ts';
import { deriveLinkKeys, type LinkKeys } from './links.ts';
import { type Log, openLog } from './log.ts';
import { openQueue } from './queue.ts';

/** What every verb may need, built once by the entry point; tests override its parts. */
export interface Context {
  config: Config;
  db: Db;
  pool: pg.Pool;
  boss: PgBoss;
  resend: Resend;
  linkKeys: LinkKeys;
  installation: Installation;
  log: Log;
  now: () => Date;
  /** Aborted when the process is asked to stop. */
  stopping: AbortSignal;
  close: () => Promise<void>;
}

/** `databaseUrl` must lead to migrated tables; `resendBaseUrl` to Resend or the local outbox. */
export async function openContext(
  config: Config,
  databaseUrl: string,
  resendBaseUrl: string | undefined,
  overrides: Partial<Pick<Context, 'now' | 'log' | 'stopping'>> = {},
): Promise<Context> {
  const log = overrides.log ?? openLog(config.logLevel);
  const linkKeys = deriveLinkKeys(config.linkSecrets);
  const pool = openPool(databaseUrl);
  const db = openDatabase(pool);
  try {
    const installation = await loadInstallation(db);
    const boss = await openQueue(databaseUrl, log);
    return {
      config,
      db,
      pool,
      boss,
      resend: new Resend(config.resendApiKey ?? 're_local', resendBaseUrl ? { baseUrl: resendBaseUrl } : {}),
      linkKeys,
      installation,
      log,
      now: overrides.now ?? (() => new Date()),
      stopping: overrides.stopping ?? new AbortController().signal,
      close: async () => {
        await boss.stop({ graceful: false });
        await db.destroy();
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
