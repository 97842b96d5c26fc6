import { expect } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { signVote } from '../../src/links/tokens.ts';
import { enqueue } from '../../src/queue/queue.ts';
import { seedContent } from '../support/seed.ts';
import type { TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';

/** Drafts, approves and sends an issue by its jobs, and delivers its events; returns the path of a reader's vote. */
export async function sentIssue(app: TestApp): Promise<{ vote: string }> {
  const { context } = app;
  await seedContent(context.db);
  await context.db
    .transaction()
    .execute((tx) =>
      enqueue(context.boss, tx, 'draft-issue', [
        { key: WEEK, data: { week: WEEK, due_at: '2026-11-23T06:00:00Z' } },
      ]),
    );
  await app.drain();
  await approveIssue(context, WEEK, 'test');
  app.clock.now = new Date('2026-11-24T18:30:00Z');
  await context.db
    .transaction()
    .execute((tx) => enqueue(context.boss, tx, 'send-issue', [{ key: WEEK, data: { week: WEEK } }]));
  await app.drain();
  const done = new AbortController();
  const delivering = app.outbox.deliverWebhooks(done.signal);
  await expect
    .poll(
      () =>
        context.db
          .selectFrom('outbox.webhooks')
          .select('svix_id')
          .where('delivered_at', 'is', null)
          .execute(),
      { timeout: 30_000 },
    )
    .toEqual([]);
  done.abort();
  await delivering;
  const delivery = await context.db
    .selectFrom('deliveries')
    .select(['issue_id', 'subscriber_id'])
    .limit(1)
    .executeTakeFirstOrThrow();
  return { vote: `/v/${signVote(context.linkKeys, delivery)}/harborlight/ship` };
}
