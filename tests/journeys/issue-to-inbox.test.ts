import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { verifyVoteToken } from '../../src/links/tokens.ts';
import { loadPreview } from '../../src/sending/personalize/load-copy.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { pauseSubscriber } from '../../src/subscribers/preferences/pause.ts';
import { hideTokens } from '../support/hide-tokens.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';

/** A draft made at this time goes out at the app's time. */
const DRAFTED_AT = new Date('2026-11-24T10:00:00Z');

async function send({ context, drain }: TestApp) {
  await draftIssue(context, WEEK, DRAFTED_AT);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  await drain();
  return getIssue(context.db, WEEK);
}

test('every reader gets exactly one personal mail, identical to the one that staff previewed except for its tokens', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 250);
  const { id: readerId } = await context.db
    .selectFrom('subscribers')
    .select('id')
    .where('email', '=', 'delivered+77@resend.dev')
    .executeTakeFirstOrThrow();
  await draftIssue(context, WEEK, DRAFTED_AT);
  const preview = await loadPreview(context, await getIssue(context.db, WEEK), readerId);
  const issue = await send(app);
  expect(issue).toMatchObject({ status: 'sent', number: 1 });
  const mails = await context.db.selectFrom('outbox.mails').selectAll().execute();
  expect(new Set(mails.map((mail) => mail.to_addresses.join())).size).toBe(250);
  expect(mails).toHaveLength(250);
  const mail = mails.find(({ to_addresses }) => to_addresses[0] === 'delivered+77@resend.dev');
  expect(mail?.subject).toBe(preview.subject);
  for (const part of ['html', 'text'] as const) {
    expect(hideTokens(mail?.[part])).toBe(hideTokens(preview[part]));
    expect(mail?.[part]).not.toBe(preview[part]);
    expect(mail?.[part]).toHaveLength(preview[part].length);
  }
  const { 'List-Unsubscribe': unsubscribe, ...headers } = preview.headers;
  expect(mail?.headers).toMatchObject(headers);
  expect(hideTokens(mail?.headers['List-Unsubscribe'])).toBe(hideTokens(unsubscribe));
  const [, token = ''] = /\/v\/([^/]+)\//.exec(mail?.html ?? '') ?? [];
  expect(verifyVoteToken(context.linkKeys, token)).toEqual({ issue_id: issue.id, subscriber_id: readerId });
  const batches = await context.db
    .selectFrom('batches')
    .select(['number', 'status', 'attempts'])
    .orderBy('number')
    .execute();
  expect(batches).toEqual([0, 1, 2].map((number) => ({ number, status: 'settled', attempts: 1 })));
});

test('preparing a sent issue again sends nothing', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 3);
  await send(app);
  expect(await prepareIssue(app.context, WEEK)).toBeUndefined();
  await app.drain();
  const { count } = await app.context.db
    .selectFrom('outbox.mails')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(count).toBe(3);
});

test('concurrent preparation freezes the recipients once', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 230);
  await draftIssue(context, WEEK, DRAFTED_AT);
  await approveIssue(context, WEEK, 'test');
  const readers = await Promise.all(Array.from({ length: 5 }, () => prepareIssue(context, WEEK)));
  expect(readers.filter((count) => count !== undefined)).toEqual([230]);
  const sizes = await context.db
    .selectFrom('deliveries')
    .select(({ fn }) => ['batch_id', fn.countAll<number>().as('count')])
    .groupBy('batch_id')
    .orderBy('batch_id')
    .execute();
  expect(sizes.map((size) => size.count)).toEqual([100, 100, 30]);
});

test('Resend’s events advance each delivery, and suppress readers who bounced or complained', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 1);
  const line = (kind: string) => ({
    email: `${kind}+x@resend.dev`,
    status: 'active' as const,
    consent_source: 'test',
    requested_at: context.now(),
    confirmed_at: new Date('2026-01-01'),
  });
  await context.db
    .insertInto('subscribers')
    .values(['bounced', 'complained', 'suppressed'].map(line))
    .execute();
  const issue = await send(app);
  const stop = new AbortController();
  const delivering = app.outbox.deliverWebhooks(stop.signal);
  await expect
    .poll(() => countDeliveries(context.db, issue.id), { timeout: 15_000 })
    .toEqual({ delivered: 1, bounced: 1, complained: 1, suppressed: 1 });
  stop.abort();
  await delivering;
  const readers = await context.db
    .selectFrom('subscribers')
    .select(['status', 'suppressed_reason'])
    .orderBy('id')
    .execute();
  expect(readers).toEqual([
    { status: 'active', suppressed_reason: null },
    ...['bounced', 'complained', 'suppressed'].map((suppressed_reason) => ({
      status: 'suppressed',
      suppressed_reason,
    })),
  ]);
  const stored = JSON.stringify(await context.db.selectFrom('delivery_events').selectAll().execute());
  expect(stored).not.toMatch(/resend\.dev|List-Unsubscribe/);
});

test('readers who leave or pause between preparing and sending are skipped, with the reason', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 4);
  await draftIssue(context, WEEK, DRAFTED_AT);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  await context.db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: context.now() })
    .where('id', '=', 1)
    .execute();
  await context.db.deleteFrom('subscribers').where('id', '=', 2).execute();
  await pauseSubscriber(context, 4, 2);
  await app.drain();
  const deliveries = await context.db
    .selectFrom('deliveries')
    .select(['subscriber_id', 'status', 'reason'])
    .orderBy('subscriber_id')
    .execute();
  expect(deliveries).toEqual([
    { subscriber_id: 1, status: 'skipped', reason: 'unsubscribed' },
    { subscriber_id: 2, status: 'skipped', reason: 'erased' },
    { subscriber_id: 3, status: 'submitted', reason: null },
    { subscriber_id: 4, status: 'skipped', reason: 'paused' },
  ]);
});

test('a rejected address does not affect the other mails of its batch', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 2);
  await context.db
    .updateTable('subscribers')
    .set({ email: 'someone@example.com' })
    .where('id', '=', 1)
    .execute();
  await send(app);
  const deliveries = await context.db
    .selectFrom('deliveries')
    .select(['status', 'resend_id'])
    .orderBy('subscriber_id')
    .execute();
  expect(deliveries).toEqual([
    { status: 'rejected', resend_id: null },
    { status: 'submitted', resend_id: expect.any(String) },
  ]);
});

test('readers who paused, never confirmed or were suppressed are not recipients', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 5);
  const set = (id: number, values: object) =>
    context.db.updateTable('subscribers').set(values).where('id', '=', id).execute();
  await set(1, { paused_until: new Date('2026-12-24') });
  await set(2, { status: 'pending', confirmed_at: null });
  await set(3, { status: 'suppressed', suppressed_at: context.now(), suppressed_reason: 'bounced' });
  await set(4, { paused_until: new Date('2026-11-01') });
  await send(app);
  const deliveries = await context.db
    .selectFrom('deliveries')
    .select('subscriber_id')
    .orderBy('subscriber_id')
    .execute();
  expect(deliveries.map((delivery) => delivery.subscriber_id)).toEqual([4, 5]);
});
