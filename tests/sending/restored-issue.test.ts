import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { listUndecidedDeliveries } from '../../src/sending/deliveries/list-undecided.ts';
import { reconcile } from '../../src/sending/restore/reconcile.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { createReportedMails } from './reported-mails.ts';

const WEEK = '2026-W48';

/** 100 of 250 readers have the issue; the backup that is restored has nothing but its draft. */
async function createRestored() {
  const app = await createTestApp({ APPROVAL: 'required' });
  const { context } = app;
  const { db } = context;
  await seedContent(db);
  await seedReaders(db, 250);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'ann');
  await prepareIssue(context, WEEK);
  await sendBatch(context, 1);
  await db.deleteFrom('deliveries').execute();
  await db.deleteFrom('batches').execute();
  await db.deleteFrom('issue_renderings').execute();
  await db
    .updateTable('issues')
    .set({ status: 'draft', approved_at: null, approved_by: null, prepared_at: null, resumed_at: null })
    .execute();
  app.clock.now = new Date();
  return { ...app, status: async () => (await getIssue(db, WEEK)).status };
}

test('an issue that went out in part after the backup waits for staff, even when the restore is repeated', async () => {
  const app = await createRestored();
  const reconciliation = await reconcile(app.context);
  expect(reconciliation).toMatchObject({ issues: [{ week: WEEK, found: 100 }], paused_weeks: [WEEK] });
  expect(await app.status()).toBe('paused');
  await reconcile(app.context);
  expect(await app.status()).toBe('paused');
});

test('an issue that staff have resumed since continues when the restore is repeated', async () => {
  const app = await createRestored();
  await reconcile(app.context);
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await resumeIssue(app.context, WEEK);
  expect(await reconcile(app.context)).toMatchObject({ paused_weeks: [] });
  expect(await app.status()).toBe('sending');
});

test('an issue that may have gone out before what Resend still lists is held, and says so', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await draftIssue(context, WEEK);
  app.clock.now = new Date('2027-01-04T10:00:00Z');
  await reconcile(context);
  expect(await getIssue(context.db, WEEK)).toMatchObject({
    status: 'held',
    status_reason: expect.stringContaining('it may have gone out at'),
  });
});

test('mails that had failed and were sent again after the backup are found: nobody is told to send them once more', async () => {
  const app = await createReportedMails(3);
  const { context } = app;
  const { db } = context;
  await app.drain();
  const failed = { failed: { reason: 'reached_daily_quota' } };
  for (const id of [1, 2, 3]) {
    await app.reportEvent(id, 'email.failed', failed);
  }
  const sent_at = app.clock.now;
  await sql`update outbox.mails set last_event = 'failed', created_at = ${sent_at}`.execute(db);
  await sql`create table backup_of_batches as table batches`.execute(db);
  await sql`create table backup_of_deliveries as table deliveries`.execute(db);
  const again_at = new Date(sent_at.getTime() + 2 * 3_600_000);
  app.clock.now = again_at;
  await sendAgain(context, WEEK, { status: 'failed', by: 'ann' });
  await app.drain();
  await sql`update outbox.mails set created_at = ${again_at} where last_event <> 'failed'`.execute(db);
  expect(await app.counts()).toEqual({ submitted: 3 });
  // The restore.
  await sql`delete from delivery_decisions`.execute(db);
  await sql`delete from batches where id not in (select id from backup_of_batches)`
    .execute(db)
    .catch(() => undefined);
  await sql`
    update deliveries set (status, round, batch_id, position, resend_id, submitted_at, failed_at, reason)
      = (select status, round, batch_id, position, resend_id, submitted_at, failed_at, reason
        from backup_of_deliveries as backup where backup.id = deliveries.id)`.execute(db);
  expect(await app.counts()).toEqual({ failed: 3 });
  app.clock.now = new Date(again_at.getTime() + 60_000);
  expect(await reconcile(context)).toMatchObject({ issues: [{ week: WEEK, found: 3 }] });
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect(await listUndecidedDeliveries(db)).toEqual([]);
  // Webhooks of the mail that was found have the number of a round that this database does not know.
  const [mail] = await db.selectFrom('deliveries').select('resend_id').where('id', '=', 1).execute();
  await app.reportEvent(1, 'email.delivered', { email_id: mail?.resend_id }, '2');
  expect(await app.counts()).toEqual({ delivered: 1, submitted: 2 });
});
