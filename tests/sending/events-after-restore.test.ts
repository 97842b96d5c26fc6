import { expect, test } from 'vitest';
import { recordIdentity } from '../../src/installation/identity.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { createSentIssue } from '../support/sent-issue.ts';

test('after a restore an event is matched by mail id, not by a delivery number that may have been reused', async () => {
  const { context } = await createSentIssue(3);
  const { db, installation, now } = context;
  const deliveries = () =>
    db.selectFrom('deliveries').select(['id', 'status', 'resend_id']).orderBy('id').execute();
  const reportComplaint = async (id: string, delivery: number, email_id: string | null) =>
    applyEvent(context, id, {
      type: 'email.complained',
      created_at: now(),
      data: {
        email_id: email_id ?? undefined,
        tags: { sender: installation.id, delivery: String(delivery) },
      },
    });
  const [first, second] = await deliveries();
  await recordIdentity(db, now());
  // An event for the first reader's mail with the second delivery's number, and one for a mail of a lost delivery.
  await reportComplaint('msg_1', second?.id ?? 0, first?.resend_id ?? '');
  await reportComplaint('msg_2', second?.id ?? 0, '5f0c1f3e-0d8f-4b8c-9c0a-3a7e6d1c2b4a');
  expect((await deliveries()).map(({ status }) => status)).toEqual(['complained', 'submitted', 'submitted']);
  const readers = await db.selectFrom('subscribers').select('status').orderBy('id').execute();
  expect(readers.map(({ status }) => status)).toEqual(['suppressed', 'active', 'active']);
});

test('an event names the mail’s recipient: their delivery is found by that, and nobody else’s is changed', async () => {
  const { context } = await createSentIssue(3);
  const { db, installation, now } = context;
  const deliveries = () =>
    db
      .selectFrom('deliveries')
      .innerJoin('subscribers', 'subscribers.id', 'subscriber_id')
      .select(['deliveries.id', 'deliveries.status', 'resend_id', 'subscribers.email as address'])
      .orderBy('deliveries.id')
      .execute();
  const report = (id: string, delivery: number, email_id: string | null, recipient: string) =>
    applyEvent(context, id, {
      type: 'email.delivered',
      created_at: now(),
      recipient,
      data: {
        email_id: email_id ?? undefined,
        tags: { sender: installation.id, delivery: String(delivery), issue: '2026-W48' },
      },
    });
  const [first, second, third] = await deliveries();
  await recordIdentity(db, now());
  await report('msg_1', second!.id, first!.resend_id, first!.address);
  expect((await deliveries()).map(({ status }) => status)).toEqual(['delivered', 'submitted', 'submitted']);
  // The number of a delivery whose own mail is not known, in an event about somebody else's lost mail.
  await db.updateTable('deliveries').set({ resend_id: null }).where('id', '=', second!.id).execute();
  await report('msg_2', second!.id, '5f0c1f3e-0d8f-4b8c-9c0a-3a7e6d1c2b4a', third!.address);
  expect((await deliveries()).map(({ status }) => status)).toEqual(['delivered', 'submitted', 'submitted']);
  await report('msg_3', second!.id, '5f0c1f3e-0d8f-4b8c-9c0a-3a7e6d1c2b4b', second!.address);
  expect((await deliveries()).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'submitted']);
  // A reader who has changed their address since is found by the mail's id.
  await db.updateTable('subscribers').set({ email: 'new@resend.dev' }).where('id', '=', 3).execute();
  await report('msg_4', second!.id, third!.resend_id, third!.address);
  expect((await deliveries()).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
});
