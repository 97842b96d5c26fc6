import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { createDueSignal } from '../../jobs/run/_due-signal.ts';
import { enqueue, JOB_NAMES } from '../../src/queue/queue.ts';
import { createTestApp } from '../support/test-app.ts';

test('an idle process asks for all queues at once, and only the queue with a due job is woken', async () => {
  const { context } = await createTestApp();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const failures: unknown[] = [];
  const due = createDueSignal({ db: context.db, stopping: stopping.signal }, (error) => failures.push(error));
  const woken: string[] = [];
  const waits = JOB_NAMES.map((name) => due.wait(name).then(() => woken.push(name)));
  await expect.poll(() => countTransactions(context.db)).toBeGreaterThan(0);
  const before = await countTransactions(context.db);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  // Two of them are this test's own; one for each queue would be a dozen times as many.
  expect((await countTransactions(context.db)) - before).toBeLessThanOrEqual(8);
  expect(woken).toEqual([]);
  const job = { key: '2026-W48', data: { week: '2026-W48' } };
  await context.db.transaction().execute((tx) => enqueue(context.boss, tx, 'send-issue', [job]));
  await expect.poll(() => woken, { timeout: 5_000 }).toEqual(['send-issue']);
  stopping.abort();
  await Promise.all(waits);
  expect(failures).toEqual([]);
});

test('a failure is reported, and the question asked again', async () => {
  const { context } = await createTestApp();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const failures: unknown[] = [];
  const due = createDueSignal({ db: context.db, stopping: stopping.signal }, (error) => failures.push(error));
  await sql`alter schema pgboss rename to elsewhere`.execute(context.db);
  const woken = due.wait('send-issue');
  await expect.poll(() => failures.length, { timeout: 5_000 }).toBeGreaterThan(0);
  await sql`alter schema elsewhere rename to pgboss`.execute(context.db);
  const job = { key: '2026-W48', data: { week: '2026-W48' } };
  await context.db.transaction().execute((tx) => enqueue(context.boss, tx, 'send-issue', [job]));
  await woken;
});

async function countTransactions(db: Parameters<typeof createDueSignal>[0]['db']): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select xact_commit as count from pg_stat_database where datname = current_database()`.execute(db);
  return rows[0]?.count ?? 0;
}
