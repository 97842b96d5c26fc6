import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { runCommand } from '../support/run-command.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  draftIssueFor,
  expectOneMailEach,
  findIssueStatus,
  serveFakeResend,
  settingsOf,
  startWorker,
} from '../support/workers.ts';

const READERS = 4_200;
const RECOVERY_MS = 3_000;

test(
  'a worker that loses the database inside a transaction blocks the others only until PostgreSQL releases its locks',
  { timeout: 120_000 },
  async () => {
    const { db, url } = await createTestDatabase();
    const fakeResend = await serveFakeResend(db);
    // During a warm-up every claim of every worker updates the row of today.
    const warmUp = { WARM_UP_FROM: new Date().toISOString().slice(0, 10), WARM_UP_CEILINGS: '1000000' };
    const settingsFor = (name: string) => ({ ...settingsOf(url, fakeResend, name), ...warmUp });
    await draftIssueFor(db, READERS, settingsFor('staff'));
    const names = ['lost', 'second', 'third'];
    const workers = await Promise.all(names.map((name) => startWorker(name, settingsFor(name))));
    const { proxy } = workers[0]!;
    fakeResend.onAccepted = () => {
      if (fakeResend.callsOf('lost').length === 2) {
        proxy.cutAfter(/insert into sending_days/);
      }
    };
    expect(await runCommand(['issue', 'send', 'latest', '--yes'], settingsFor('staff'))).toMatchObject({
      code: 0,
    });
    await expect.poll(() => proxy.isCut(), { timeout: 20_000, interval: 5 }).toBe(true);
    await expect.poll(() => countWaiting(db), { timeout: 5_000, interval: 50 }).toBeGreaterThan(0);

    await expect.poll(() => findIssueStatus(db), { timeout: 60_000, interval: 100 }).toBe('sent');
    await expectOneMailEach(db, db, READERS);
    proxy.heal();
    // Its pending statements are answered before it is stopped, since stopping may take only ten seconds.
    await sleep(RECOVERY_MS);
    workers.forEach((worker) => worker.process.kill('SIGTERM'));
    expect(await Promise.all(workers.map((worker) => worker.ended))).toEqual([0, 0, 0]);
    await expectOneMailEach(db, db, READERS);
  },
);

/** How many connections wait for one that is idle inside a transaction. */
async function countWaiting(db: Db): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*) as waiting from pg_stat_activity as waiting
    join pg_stat_activity as holder on holder.pid = any(pg_blocking_pids(waiting.pid))
    where waiting.datname = current_database() and holder.state = 'idle in transaction'`.execute(db);
  return rows[0]?.waiting ?? 0;
}
