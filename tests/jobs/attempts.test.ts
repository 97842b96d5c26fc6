import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { type Attempt, enqueue, retryLater } from '../../src/queue/queue.ts';
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

/** As when its worker died or stands still. */
async function loseHeartbeat({ boss, db }: Context): Promise<void> {
  await sql`update pgboss.job set heartbeat_on = now() - interval '1 minute' where name = ${QUEUE}`.execute(
    db,
  );
  await sql`update pgboss.queue set monitor_on = null, monitor_claim_on = null`.execute(db);
  await boss.supervise();
}

async function look({ db }: Context) {
  const { rows } = await sql<{ state: string; wait: number; data: object }>`
    select state, extract(epoch from start_after - now())::float8 as wait, data from pgboss.job
    where name = ${QUEUE}`.execute(db);
  return rows[0]!;
}

test('however often its worker dies, a job waits two seconds at most', async () => {
  const context = await createJob();
  for (let death = 1; death <= 8; death++) {
    await fetchNow(context);
    await loseHeartbeat(context);
    const { state, wait } = await look(context);
    expect(state).toBe('retry');
    expect(wait).toBeLessThanOrEqual(2);
  }
});

test('with each failure it waits twice as long, a quarter of an hour at most; deaths in between do not count', async () => {
  const context = await createJob();
  const waits: number[] = [];
  for (let failure = 1; failure <= 12; failure++) {
    await retryLater(context.boss, context.db, await fetchNow(context), 'no answer', 'later');
    waits.push((await look(context)).wait);
    await fetchNow(context);
    await loseHeartbeat(context);
  }
  waits.forEach((wait, index) => {
    const least = Math.min(900, 2 * 2 ** index);
    expect(wait).toBeGreaterThan(least - 1);
    expect(wait).toBeLessThanOrEqual(Math.min(900, 2 * least));
  });
});

test('what somebody else is about at this moment is asked for again at once, and is no failure', async () => {
  const context = await createJob();
  for (let time = 1; time <= 5; time++) {
    await retryLater(context.boss, context.db, await fetchNow(context), '409', 'soon');
    expect(await look(context)).toMatchObject({ state: 'retry', data: { batch_id: 7, failures: 0 } });
    expect((await look(context)).wait).toBeLessThanOrEqual(2);
  }
});

test('an attempt that stood still and goes on leaves the one after it alone', async () => {
  const context = await createJob();
  const { boss, db } = context;
  const first = await fetchNow(context);
  await loseHeartbeat(context);
  const waiting = await look(context);
  await retryLater(boss, db, first, 'no answer', 'later');
  expect(await look(context)).toMatchObject({ state: 'retry', data: waiting.data });
  const second = await fetchNow(context);
  expect(second.retryCount).toBe(first.retryCount + 1);
  await retryLater(boss, db, first, 'no answer', 'later');
  await boss.complete(QUEUE, { id: first.id, retryCount: first.retryCount });
  await boss.touch(QUEUE, { id: first.id, retryCount: first.retryCount });
  expect(await look(context)).toMatchObject({ state: 'active' });
  await boss.complete(QUEUE, { id: second.id, retryCount: second.retryCount });
  expect(await look(context)).toMatchObject({ state: 'completed' });
});
