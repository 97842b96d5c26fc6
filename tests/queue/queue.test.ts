import { expect, test } from 'vitest';
import { enqueue } from '../../src/queue/queue.ts';
import { createTestApp } from '../support/test-app.ts';

test('a job is there if its transaction is, and gone with it', async () => {
  const { context } = await createTestApp();
  const promise = (week: string, fails: boolean) =>
    context.db.transaction().execute(async (tx) => {
      await enqueue(context.boss, tx, 'draft-issue', [{ key: week, data: { week } }]);
      if (fails) {
        throw new Error('taken back');
      }
    });
  await expect(promise('2026-W48', true)).rejects.toThrow('taken back');
  expect(await context.boss.fetch('draft-issue')).toEqual([]);
  await promise('2026-W49', false);
  await promise('2026-W49', false);
  expect((await context.boss.fetch('draft-issue'))[0]?.data).toEqual({ week: '2026-W49' });
  expect(await context.boss.fetch('draft-issue')).toEqual([]);
});
