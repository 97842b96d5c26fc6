import { PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { openLog } from '../../src/log.ts';
import { openQueue, QUEUE_SETTINGS } from '../../src/queue/queue.ts';
import { createEmptyDatabase } from '../support/test-database.ts';
import { query } from './restore-state.ts';

test('migrate gives queues of an older version the current settings, and keeps their jobs', async () => {
  const url = await createEmptyDatabase();
  const older = new PgBoss({ connectionString: url, schema: 'pgboss', max: 2, schedule: false });
  await older.start();
  await older.createQueue('send-batch', { policy: 'standard', retryLimit: 3, retryDelay: 60 });
  for (const batch_id of [1, 2, 2, 3]) {
    await older.send('send-batch', { batch_id }, { singletonKey: String(batch_id) });
  }
  const [running] = await older.fetch<{ batch_id: number }>('send-batch');
  await older.stop({ graceful: false });

  const update = await updateDatabase(url, openLog('silent'));
  expect(update.queues).toEqual(['send-batch']);
  const { policy, retryLimit, retryDelay, heartbeatSeconds, expireInSeconds, retentionSeconds } =
    QUEUE_SETTINGS;
  expect(
    await query(
      url,
      `select distinct policy, retry_limit, retry_delay, heartbeat_seconds, expire_seconds, retention_seconds from pgboss.queue where name = 'send-batch'
       union select policy, retry_limit, retry_delay, heartbeat_seconds, expire_seconds, extract(epoch from keep_until - start_after)::integer from pgboss.job where name = 'send-batch'`,
    ),
  ).toEqual([
    {
      policy,
      retry_limit: retryLimit,
      retry_delay: retryDelay,
      heartbeat_seconds: heartbeatSeconds,
      expire_seconds: expireInSeconds,
      retention_seconds: retentionSeconds,
    },
  ]);
  const { boss, close } = await openQueue(url, openLog('silent'));
  const waiting = await boss.fetch<{ batch_id: number }>('send-batch', { batchSize: 10 });
  await close();
  expect(new Set([running, ...waiting].map((job) => job?.data.batch_id))).toEqual(new Set([1, 2, 3]));
  expect(waiting).toHaveLength(2);
  expect((await updateDatabase(url, openLog('silent'))).queues).toEqual([]);
});
