import { expect, test } from 'vitest';
import { findSchemaProblem } from '../../src/migration/check-schema.ts';
import { listPendingMigrations } from '../../src/migration/migrate.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { openLog } from '../../src/log.ts';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { runVerdicts, spawnVerdicts } from '../support/run-verdicts.ts';
import { query, restoreState } from './restore-state.ts';

test(
  'migrate can be killed, or lose its connection, inside every migration of a database with data, and the next run continues',
  { timeout: 120_000 },
  async () => {
    const url = await restoreState('1fc7819');
    const db = openDatabase(openPool(url, 2));
    const pending = await listPendingMigrations(db);
    expect(pending.length).toBeGreaterThan(5);
    // Blocks at the very end of a migration: everything is done, and nothing is committed.
    await query(
      url,
      `create function stand_still() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$`,
    );
    for (const name of pending) {
      await query(
        url,
        `create or replace trigger stand_still before insert on kysely_migration for each row when (new.name = '${name}') execute function stand_still()`,
      );
      await (name === pending[0] ? killProcess(url) : loseConnection(url));
      expect((await listPendingMigrations(db))[0]).toBe(name);
    }
    await query(url, 'drop function stand_still cascade');
    expect(await runVerdicts(['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    expect(await findSchemaProblem(db)).toBeUndefined();
    expect(await query(url, 'select count(*)::int as readers from subscribers')).toEqual([{ readers: 6 }]);
    await db.destroy();
  },
);

async function killProcess(url: string): Promise<void> {
  const migrate = spawnVerdicts(['migrate'], { DATABASE_URL: url });
  await expect.poll(() => isBlocked(url), { timeout: 20_000, interval: 20 }).toBe(true);
  migrate.process.kill('SIGKILL');
  await migrate.ended;
  await terminateBlocked(url);
  await expect.poll(() => isBlocked(url), { timeout: 20_000, interval: 20 }).toBe(false);
}

/** For the database the same, without a process of its own for each migration. */
async function loseConnection(url: string): Promise<void> {
  const migrating = updateDatabase(url, openLog('silent')).then(
    () => 'migrated',
    () => 'lost',
  );
  await expect.poll(() => isBlocked(url), { timeout: 20_000, interval: 5 }).toBe(true);
  await terminateBlocked(url);
  expect(await migrating).toBe('lost');
}

/** Ends the blocked backend: PostgreSQL notices that a client is gone only when it writes to it, not while it sleeps. */
async function terminateBlocked(url: string): Promise<void> {
  await query(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
  );
}

async function isBlocked(url: string): Promise<boolean> {
  const rows = await query(
    url,
    `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
  );
  return rows.length > 0;
}
