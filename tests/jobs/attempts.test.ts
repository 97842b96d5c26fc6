import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { type Attempt, enqueue } from '../../src/queue/queue.ts';
import { retryLater } from '../../src/queue/retry-later.ts';
import { createTestApp } from '../support/test-app.ts';

const QUEUE = 'send-batch';

async function createJob() {
  const { context } = await createTestApp();
  await context.db
    .transaction()
    .execute((tx) => enqueue(context.boss, tx, QUEUE, [{ key: '7', data: { batch_id: 7 } }]));
  return context;
}

async function fetchNow(context: Context): Promise<Attempt> {
  await sql`update pgboss.job set start_after = now() where name = ${QUEUE}`.execute(context.db);
  const [job] = await context.boss.fetch<Attempt['data']>(QUEUE);
  return { name: QUEUE, id: job!.id, retryCount: job!.retryCount, data: job!.data };
}

/** Simulates a worker that died or is suspended. */
async function loseHeartbeat({ boss, db }: Context): Promise<void> {
  await sql`update pgboss.job set heartbeat_on = now() - interval '1 minute' where name = ${QUEUE}`.execute(
    db,
  );
  await sql`update pgboss.queue set monitor_on = null, monitor_claim_on = null`.execute(db);
  await boss.supervise();
}

async function readJob({ db }: Context) {
  const { rows } = await sql<{ state: string; wait: number; data: object }>`
    select state, extract(epoch from start_after - now())::float8 as wait, data from pgboss.job
    where name = ${QUEUE}`.execute(db);
  return rows[0]!;
}

test('a job whose worker died waits at most two seconds, however often that happens', async () => {
  const context = await createJob();
  for (let death = 1; death <= 8; death++) {
    await fetchNow(context);
    await loseHeartbeat(context);
    const { state, wait } = await readJob(context);
    expect(state).toBe('retry');
    expect(wait).toBeLessThanOrEqual(2);
  }
});

test('the backoff doubles with each failure up to 15 minutes; worker deaths in between do not count', async () => {
  const context = await createJob();
  const waits: number[] = [];
  for (let failure = 1; failure <= 12; failure++) {
    await retryLater(context.boss, context.db, await fetchNow(context), 'no answer', 'backoff');
    waits.push((await readJob(context)).wait);
    await fetchNow(context);
    await loseHeartbeat(context);
  }
  waits.forEach((wait, index) => {
    const minimum = Math.min(900, 2 * 2 ** index);
    expect(wait).toBeGreaterThan(minimum - 1);
    expect(wait).toBeLessThanOrEqual(Math.min(900, 2 * minimum));
  });
});

test('work that another process is doing is retried at once and does not count as a failure', async () => {
  const context = await createJob();
  for (let time = 1; time <= 5; time++) {
    await retryLater(context.boss, context.db, await fetchNow(context), '409', 'promptly');
    expect(await readJob(context)).toMatchObject({ state: 'retry', data: { batch_id: 7, failures: 0 } });
    expect((await readJob(context)).wait).toBeLessThanOrEqual(2);
  }
});

test('while all sending is stopped a letter is tried again within a minute, however long the stop', async () => {
  const context = await createJob();
  for (let time = 1; time <= 12; time++) {
    await retryLater(context.boss, context.db, await fetchNow(context), 'stopped', 'within a minute');
    const { wait } = await readJob(context);
    expect(wait).toBeGreaterThan(29);
    expect(wait).toBeLessThanOrEqual(60);
  }
});

test('an attempt that was suspended and resumes does not affect the next attempt', async () => {
  const context = await createJob();
  const { boss, db } = context;
  const first = await fetchNow(context);
  await loseHeartbeat(context);
  const waiting = await readJob(context);
  await retryLater(boss, db, first, 'no answer', 'backoff');
  expect(await readJob(context)).toMatchObject({ state: 'retry', data: waiting.data });
  const second = await fetchNow(context);
  expect(second.retryCount).toBe(first.retryCount + 1);
  await retryLater(boss, db, first, 'no answer', 'backoff');
  await boss.complete(QUEUE, { id: first.id, retryCount: first.retryCount });
  await boss.touch(QUEUE, { id: first.id, retryCount: first.retryCount });
  expect(await readJob(context)).toMatchObject({ state: 'active' });
  await boss.complete(QUEUE, { id: second.id, retryCount: second.retryCount });
  expect(await readJob(context)).toMatchObject({ state: 'completed' });
});
