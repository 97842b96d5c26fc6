import { expect } from 'vitest';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { advanceClock } from '../support/advance-clock.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';

const DAY_AND_AN_HOUR_MS = 25 * 3_600_000;

/** A prepared issue whose mails a test reports as delivered, bounced and so on. */
export async function createReportedMails(readers = 3) {
  const app = await createPreparedIssue(readers);
  const { context } = app;
  const reportEvent = async (deliveryId: number, type: string, data: object = {}, round = '1') => {
    const tags = { sender: context.installation.id, delivery: String(deliveryId), round };
    const event = readEvent({ type, created_at: '2026-11-24T15:00:00Z', data: { tags, ...data } });
    await applyEvent(context, `msg_${Math.random()}`, event!);
  };
  return {
    ...app,
    reportEvent,
    counts: async () => countDeliveries(context.db, 1),
    mails: async () => {
      const mails = await context.db.selectFrom('outbox.mails').select('to_addresses').execute();
      return mails.map(({ to_addresses }) => to_addresses[0]);
    },
  };
}

/** Resend accepted the mails, its response was lost, and no retry came for 25 hours. */
export async function createUnknownMails(readers = 3) {
  const app = await createReportedMails(readers);
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, 1)).rejects.toThrow(RetryLater);
  await advanceClock(app, DAY_AND_AN_HOUR_MS);
  await sendBatch(app.context, 1);
  return app;
}
