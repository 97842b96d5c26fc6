import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { isOutage } from '../../src/database/outage.ts';
import { watchConnections } from '../../src/database/silent-connections.ts';
import { openLog } from '../../src/log.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase } from '../support/test-database.ts';

const EVERY_MS = 50;
const SILENT_MS = 300;

test('queries fail on a connection that the server has silently lost, and long ones on others continue', async () => {
  const { url, db: direct } = await createTestDatabase();
  const proxy = await openTcpProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.close());
  const proxied = url.replace(/:\d+\//, `:${proxy.port}/`);
  const pool = openPool(proxied, 3);
  const db = openDatabase(pool);
  onTestFinished(() => db.destroy());
  onTestFinished(watchConnections(proxied, openLog('silent'), EVERY_MS, SILENT_MS));

  // Several times as long as what counts as silent.
  const slow = sql`select pg_sleep(1.2)`.execute(db);
  expect((await slow).rows).toHaveLength(1);

  const lost = sql`select pg_sleep(60)`.execute(db).catch((error: unknown) => error);
  await vi.waitUntil(async () => (await sleepers(direct)).length === 1);
  proxy.lose();
  await sql`select pg_terminate_backend(pid) from unnest(${await sleepers(direct)}::int[]) as pid`.execute(
    direct,
  );
  const error = await lost;
  expect(isOutage(error)).toBe(true);
  expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
});

async function sleepers(db: Awaited<ReturnType<typeof createTestDatabase>>['db']): Promise<number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity
    where datname = current_database() and query like 'select pg_sleep%' and state = 'active'`.execute(db);
  return rows.map(({ pid }) => pid);
}
