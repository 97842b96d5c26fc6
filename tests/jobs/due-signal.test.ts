import { setTimeout as sleep } from 'node:timers/promises';
import { type PluginTransformQueryArgs, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { createDueSignal } from '../../jobs/run/_due-signal.ts';
import { enqueue, JOB_NAMES } from '../../src/queue/queue.ts';
import { createTestApp } from '../support/test-app.ts';

test('an idle process asks for all queues at once, and only the queue with a due job is woken', async () => {
  const { context } = await createTestApp();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const failures: unknown[] = [];
  let asked = 0;
  const counting = { transformQuery: ({ node }: PluginTransformQueryArgs) => (asked++, node) };
  const preparedDb = context.preparedDb.withPlugin({
    ...counting,
    transformResult: async ({ result }) => result,
  });
  const due = createDueSignal({ preparedDb, stopping: stopping.signal }, (error) => failures.push(error));
  const woken: string[] = [];
  const waits = JOB_NAMES.map((name) => due.wait(name).then(() => woken.push(name)));
  await sleep(1_300);
  // Every 400 ms one for all; one for each queue would be a dozen times as many.
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(4);
  expect(woken).toEqual([]);
  const job = { key: '2026-W48', data: { week: '2026-W48' } };
  await context.db.transaction().execute((tx) => enqueue(context.boss, tx, 'send-issue', [job]));
  await expect.poll(() => woken, { timeout: 5_000 }).toEqual(['send-issue']);
  stopping.abort();
  await Promise.all(waits);
  expect(failures).toEqual([]);
});

test('a failure is reported, and the statement is run again', async () => {
  const { context } = await createTestApp();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const failures: unknown[] = [];
  const due = createDueSignal({ preparedDb: context.preparedDb, stopping: stopping.signal }, (error) =>
    failures.push(error),
  );
  await sql`alter schema pgboss rename to elsewhere`.execute(context.db);
  const woken = due.wait('send-issue');
  await expect.poll(() => failures.length, { timeout: 5_000 }).toBeGreaterThan(0);
  await sql`alter schema elsewhere rename to pgboss`.execute(context.db);
  const job = { key: '2026-W48', data: { week: '2026-W48' } };
  await context.db.transaction().execute((tx) => enqueue(context.boss, tx, 'send-issue', [job]));
  await woken;
});
