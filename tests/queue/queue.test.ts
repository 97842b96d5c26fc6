import { expect, test } from 'vitest';
import { enqueue } from '../../src/queue/queue.ts';
import { createTestApp } from '../support/test-app.ts';

test('a job exists only if its transaction commits, and once per key', async () => {
  const { context } = await createTestApp();
  const enqueueDraft = (week: string, fails: boolean) =>
    context.db.transaction().execute(async (tx) => {
      await enqueue(context.boss, tx, 'draft-issue', [{ key: week, data: { week } }]);
      if (fails) {
        throw new Error('rolled back');
      }
    });
  await expect(enqueueDraft('2026-W48', true)).rejects.toThrow('rolled back');
  expect(await context.boss.fetch('draft-issue')).toEqual([]);
  await enqueueDraft('2026-W49', false);
  await enqueueDraft('2026-W49', false);
  expect((await context.boss.fetch('draft-issue'))[0]?.data).toEqual({ week: '2026-W49' });
  expect(await context.boss.fetch('draft-issue')).toEqual([]);
});
