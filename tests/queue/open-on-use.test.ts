import { expect, test } from 'vitest';
import { openLog } from '../../src/log.ts';
import { openQueueOnUse } from '../../src/queue/queue.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('a queue that could not be opened is opened at its next use, and closes', async () => {
  const { url } = await createTestDatabase();
  const target = Number(new URL(url).port);
  const proxy = await openTcpProxy(target);
  const queue = openQueueOnUse(url.replace(/:\d+\//, `:${proxy.port}/`), openLog('silent'), 2);
  await proxy.close();
  await expect(queue.boss.fetch('send-letter')).rejects.toThrow('ECONNREFUSED');
  await expect(queue.close()).resolves.toBeUndefined();
  await proxy.reopen(target);
  expect(await queue.boss.fetch('send-letter')).toEqual([]);
  await queue.close();
  await proxy.close();
});
