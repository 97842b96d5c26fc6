import { expect, test } from 'vitest';
import { recordIdentity } from '../../src/database/identity.ts';
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
