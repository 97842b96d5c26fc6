import pg from 'pg';
import type { Config } from '../../config/config.ts';
import type { Role } from '../../migration/grants.ts';
import { openRoleDatabase, updateDatabase } from '../../migration/update-database.ts';
import { AppError } from '../../errors.ts';
import { openLocalPostgres } from '../../local/postgres/postgres.ts';
import { openLog } from '../../log.ts';
import { LOCAL_HOME } from '../shared/session.ts';
import { type ListenAddress, requireFreePort } from './_listen.ts';

export interface StartDatabase {
  url: string;
  close: () => Promise<void>;
}

/** Advisory lock: only one `start` may run on a local data folder. */
const START_LOCK = 'weekly-verdicts start';

/**
 * Opens and migrates the database for `start`. Refuses a second `start` on the local one, which it changes only if
 * the process can listen at its address, if it has one.
 */
export async function openStartDatabase(
  config: Config,
  withoutDemo: boolean,
  roles: readonly Role[],
  address: ListenAddress | undefined,
): Promise<StartDatabase> {
  if (config.databaseUrl && withoutDemo) {
    throw new AppError(
      'refused',
      '--empty sets the demo aside, but a database given by DATABASE_URL never has one; omit --empty.',
    );
  }
  if (config.databaseUrl) {
    await openRoleDatabase(config.databaseUrl, openLog(config.logLevel), roles, config.databaseRoles);
    return { url: config.databaseUrl, close: async () => undefined };
  }
  const postgres = await openLocalPostgres(LOCAL_HOME);
  const lock = new pg.Client({ connectionString: postgres.url.replace(/\/verdicts$/, '/postgres') });
  lock.on('error', () => undefined);
  const close = async () => {
    await lock.end();
    postgres.close();
  };
  try {
    await lock.connect();
    await acquireLock(lock);
    await (address && requireFreePort(address));
    if (withoutDemo) {
      await setDemoAside(lock, postgres.url);
    }
    await updateDatabase(postgres.url, openLog(config.logLevel));
    return { url: postgres.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function acquireLock(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtext($1)) as taken',
    [START_LOCK],
  );
  if (!rows[0]?.taken) {
    throw new AppError(
      'refused',
      `Another \`start\` is running on ${LOCAL_HOME}. Stop it first, or set DATABASE_URL to run several.`,
    );
  }
}

/** Renames the demo's database, so nothing is deleted. */
async function setDemoAside(client: pg.Client, url: string): Promise<void> {
  if (await isDemo(url)) {
    const name = `demo_${new Date().toISOString().replaceAll(/[^\d]/g, '').slice(0, 14)}`;
    await client.query(`alter database verdicts rename to ${name}`);
    await client.query('create database verdicts');
    console.error(`The demo was kept as the database ${name}.`);
  }
}

async function isDemo(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ demo: string }>('select demo from installation');
    return rows[0]?.demo === 'loaded';
  } catch (error) {
    // 42P01, undefined_table: never migrated.
    if ((error as { code?: string }).code === '42P01') {
      return false;
    }
    throw error;
  } finally {
    await client.end();
  }
}
