import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { countAsSent, sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { claimBatch } from '../../src/sending/submit/_claim-batch.ts';
import { listLanes } from '../../src/sending/lanes/lanes.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { advanceClock } from '../support/advance-clock.ts';
import { untilWaiting } from '../support/is-waiting.ts';
import { createReportedMails, createUnknownMails } from './reported-mails.ts';
import type { TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const HOUR_MS = 3_600_000;
const BY = 'ann';

async function statusOf({ context }: TestApp, id: number): Promise<string> {
  const delivery = context.db.selectFrom('deliveries').select('status').where('id', '=', id);
  return (await delivery.executeTakeFirstOrThrow()).status;
}

/** Runs `act` until it waits for a lock that an event in progress holds; the event then commits. */
async function duringEvent<T>(
  app: Awaited<ReturnType<typeof createUnknownMails>>,
  deliveryId: number,
  type: string,
  act: () => Promise<T>,
) {
  const { db } = app.context;
  const { event, acted } = await db.transaction().execute(async (tx) => {
    // The event has its delivery, and waits for the row of its reader.
    await sql`select from subscribers where id = ${deliveryId} for update`.execute(tx);
    const event = app.reportEvent(deliveryId, type);
    await untilWaiting(db);
    const acted = act();
    await untilWaiting(db, 2);
    return { event, acted };
  });
  await event;
  return acted.catch((error: unknown) => error);
}

test('mails that are reported as complained at the moment of sending again are not sent again', async () => {
  const app = await createUnknownMails();
  await duringEvent(app, 2, 'email.complained', () =>
    sendAgain(app.context, WEEK, { status: 'unknown', by: BY }),
  );
  await app.drain();
  expect(await statusOf(app, 2)).toBe('complained');
  expect((await app.mails()).filter((to) => to === 'delivered+2@resend.dev')).toHaveLength(1);
});

test('a mail that is reported as delivered while others are sent again is not sent again', async () => {
  const app = await createUnknownMails();
  const { db } = app.context;
  // The statement waits for the first delivery, as for that of another event; meanwhile the second one is reported.
  const again = await db.transaction().execute(async (tx) => {
    await sql`select from deliveries where id = 1 for update`.execute(tx);
    const again = sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
    await untilWaiting(db);
    await app.reportEvent(2, 'email.delivered');
    expect(await statusOf(app, 2)).toBe('delivered');
    return { again };
  });
  await again.again;
  await app.drain();
  expect((await app.mails()).filter((to) => to === 'delivered+2@resend.dev')).toHaveLength(1);
});

test('counting as sent does not overwrite an event', async () => {
  const app = await createUnknownMails();
  await duringEvent(app, 2, 'email.complained', () =>
    countAsSent(app.context, WEEK, { status: 'unknown', by: BY }),
  );
  expect(await statusOf(app, 2)).toBe('complained');
});

test('a claim that waits for an event of the first mail does not send a second one', async () => {
  const app = await createUnknownMails();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  const claimed = await duringEvent(app, 2, 'email.complained', () =>
    claimBatch(app.context, 2, listLanes(app.context.config)[0]),
  );
  expect(
    (claimed as { members: { subscriber_id: number }[] }).members.map(({ subscriber_id }) => subscriber_id),
  ).toEqual([1, 3]);
});

test('a claim that waits for a delivery does not mail a reader who left meanwhile', async () => {
  const app = await createUnknownMails();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  const { db } = app.context;
  const { claiming } = await db.transaction().execute(async (tx) => {
    await sql`select from deliveries where id = 1 for update`.execute(tx);
    const claiming = claimBatch(app.context, 2, listLanes(app.context.config)[0]);
    await untilWaiting(db);
    await unsubscribe(app.context, 3);
    return { claiming };
  });
  expect((await claiming)!.members.map(({ subscriber_id }) => subscriber_id)).toEqual([1, 2]);
});

test('a mail that fails at the moment does not leave a batch whose outcome is open', async () => {
  const app = await createReportedMails(3);
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, 1)).rejects.toThrow(RetryLater);
  const { db } = app.context;
  const { again } = await db.transaction().execute(async (tx) => {
    await sql`lock table delivery_decisions in access exclusive mode`.execute(tx);
    const again = sendAgain(app.context, WEEK, { status: 'failed', by: BY }).catch((error: unknown) => error);
    await untilWaiting(db);
    await app.reportEvent(2, 'email.failed', { failed: { reason: 'bounce' } });
    return { again };
  });
  expect(await again).toMatchObject({ message: expect.stringContaining('waiting for Resend') });
  await sendBatch(app.context, 1).catch(() => undefined);
  expect(await app.counts()).toEqual({ submitted: 2, failed: 1 });
});

test('a reader who is erased at the moment their mail is sent again is not mailed', async () => {
  const app = await createUnknownMails();
  const { db } = app.context;
  const { erased, claimed } = await db.transaction().execute(async (outer) => {
    // Holds up the end of the erasure.
    await sql`lock table reader_origins in access exclusive mode`.execute(outer);
    const { again, erased } = await db.transaction().execute(async (tx) => {
      await sql`select from deliveries where id = 2 for update`.execute(tx);
      const again = sendAgain(app.context, WEEK, {
        status: 'unknown',
        email: 'delivered+2@resend.dev',
        by: BY,
      });
      await untilWaiting(db);
      const erased = eraseReader(app.context, 'delivered+2@resend.dev');
      await untilWaiting(db, 2);
      return { again, erased };
    });
    await again;
    await untilWaiting(db);
    const claimed = claimBatch(app.context, 2, listLanes(app.context.config)[0]);
    await untilWaiting(db, 2);
    return { erased, claimed };
  });
  await erased;
  expect((await claimed)?.members).toEqual([]);
  expect(
    await db.selectFrom('deliveries').select('id').where('email', '=', 'delivered+2@resend.dev').execute(),
  ).toEqual([]);
});

test.each([
  ['since the issue went out', 0, 'active'],
  ['long before', -30 * 24 * HOUR_MS, 'suppressed'],
])(
  'after a change of address %s, a late bounce of the first mail leaves the reader as they should be',
  async (_, after_ms, status) => {
    const app = await createUnknownMails();
    const { db } = app.context;
    const confirmed_at = new Date(app.clock.now.getTime() + after_ms);
    await db
      .insertInto('address_changes')
      .values({
        subscriber_id: 2,
        email: '',
        requested_at: confirmed_at,
        confirmed_at,
        replaced_hash: Buffer.from('x'),
      })
      .execute();
    await advanceClock(app, HOUR_MS);
    await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
    await app.drain();
    await app.reportEvent(2, 'email.bounced', { bounce: { type: 'Permanent' } });
    const reader = db.selectFrom('subscribers').select('status').where('id', '=', 2);
    expect(await reader.executeTakeFirstOrThrow()).toEqual({ status });
  },
);
