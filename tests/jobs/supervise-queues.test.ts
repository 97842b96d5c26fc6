import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { superviseQueues } from '../../jobs/run/_supervise-queues.ts';
import { enqueue, SUPERVISION_SECONDS } from '../../src/queue/queue.ts';
import { createTestApp } from '../support/test-app.ts';

const INTERVAL_MS = SUPERVISION_SECONDS * 1_000;

test('idle queues are left alone; the job of a worker that died is given to another', async () => {
  const { context } = await createTestApp();
  const { boss, db } = context;
  const stop = new AbortController();
  const failures: unknown[] = [];
  await db
    .transaction()
    .execute((tx) => enqueue(boss, tx, 'send-batch', [{ key: '7', data: { batch_id: 7 } }]));
  const lastPass = async () => {
    const { rows } = await sql<{ at: Date | null }>`select max(monitor_on) as at from pgboss.queue`.execute(
      db,
    );
    return rows[0]!.at;
  };
  const supervising = superviseQueues({ ...context, stopping: stop.signal }, (error) => failures.push(error));
  onTestFinished(async () => {
    stop.abort();
    await supervising;
  });

  await expect.poll(lastPass, { timeout: 2 * INTERVAL_MS }).not.toBeNull();
  const first = await lastPass();
  await sleep(INTERVAL_MS + 500);
  expect(await lastPass()).toEqual(first);

  await boss.fetch('send-batch');
  await sql`update pgboss.job set heartbeat_on = now() - interval '1 minute' where name = 'send-batch'`.execute(
    db,
  );
  const stateOf = async () => {
    const { rows } = await sql<{
      state: string;
    }>`select state from pgboss.job where name = 'send-batch'`.execute(db);
    return rows[0]!.state;
  };
  await expect.poll(stateOf, { timeout: 2 * INTERVAL_MS }).toBe('retry');
  expect(failures).toEqual([]);
});
