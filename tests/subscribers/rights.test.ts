import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { lookAfterReadersJob } from '../../jobs/readers/look-after-readers.ts';
import { receiveMail } from '../../src/sending/events/receive-mail.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { countJoinsAndLeaves } from '../../src/subscribers/engagement/count-joins-and-leaves.ts';
import { undoUnsubscribe, unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { seedReaders } from '../support/seed.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const DAY_MS = 86_400_000;

const pass = (app: TestApp, days: number) => {
  app.clock.now = new Date(app.clock.now.getTime() + days * DAY_MS);
};
const mailsTo = async (app: TestApp, email: string) => {
  const mails = await app.context.db.selectFrom('outbox.mails').select('to_addresses').execute();
  return mails.filter(({ to_addresses }) => to_addresses.includes(email)).length;
};

test('the mail of a reader who has erased themselves is not shown in the browser any more', async () => {
  const app = await createSentIssue(2);
  const copy = `/i/${signVote(app.context.linkKeys, { issue_id: app.id, subscriber_id: 1 })}`;
  expect((await app.request(copy)).status).toBe(200);
  await eraseReader(app.context, 'delivered+1@resend.dev');
  const answer = await app.request(copy);
  expect(answer.status).toBe(410);
  expect(await answer.text()).not.toContain('/preferences/');
});

test('after an erasure, a bounce keeps nobody from an address that never bounced; a complaint does', async () => {
  for (const [reason, mails] of [
    ['bounced', 1],
    ['complained', 0],
  ] as const) {
    const app = await createTestApp();
    const { db } = app.context;
    await seedReaders(db, 1);
    await sql`
      insert into address_changes (subscriber_id, email, requested_at, confirmed_at, replaced, replaced_hash, replaced_domain)
      select id, '', now(), now(), 'old@resend.dev', hmac, 'resend.dev' from subscribers,
        lateral (select ${await hashOf(app, 'old@resend.dev')}::bytea as hmac) as hashed`.execute(db);
    await db
      .updateTable('subscribers')
      .set({ status: 'suppressed', suppressed_at: app.clock.now, suppressed_reason: reason })
      .execute();
    const page = `/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 1)}/erase`;
    expect(await (await app.request(page)).text()).not.toContain('sign up again yourself at any time');
    await app.post(page);
    await app.subscribe('old@resend.dev');
    await app.drain();
    expect(await mailsTo(app, 'old@resend.dev')).toBe(mails);
  }
});

async function hashOf(app: TestApp, email: string): Promise<Buffer> {
  const { hashAddress } = await import('../../src/subscribers/address/hash-address.ts');
  return app.context.db.transaction().execute((tx) => hashAddress(tx, email));
}

test('who asked during a flood, when nobody gets a mail, gets one when it is over', async () => {
  const app = await createTestApp({ SIGN_UPS_PER_HOUR: '1', SIGN_UPS_PER_SOURCE: '1000' });
  await app.subscribe('delivered+flood@resend.dev');
  for (let time = 0; time < 5; time += 1) {
    await app.subscribe('delivered+ann@resend.dev');
  }
  app.clock.now = new Date(app.clock.now.getTime() + 3_700_000);
  await app.subscribe('delivered+ann@resend.dev');
  await app.drain();
  expect(await mailsTo(app, 'delivered+ann@resend.dev')).toBe(1);
});

test('a sign-up that was never confirmed and must get no mail is only a hash after thirty days', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  for (const name of ['complained', 'stopped']) {
    await app.subscribe(`delivered+${name}@resend.dev`);
  }
  // Imported from elsewhere, where they had confirmed.
  await seedReaders(db, 1);
  await sql`update subscribers set status = 'suppressed', suppressed_reason = 'complained', suppressed_at = now()
    where email like '%complained%' or email like '%+1@%'`.execute(db);
  await sql`update subscribers set status = 'unsubscribed', unsubscribed_at = now() where email like '%stopped%'`.execute(
    db,
  );
  pass(app, 29);
  await lookAfterReadersJob(app.context);
  expect(await db.selectFrom('subscribers').select('id').execute()).toHaveLength(3);
  pass(app, 2);
  await sql`insert into outgoing_endpoints (url, added_at, named_at) values ('https://crm.example.net', now(), now())`.execute(
    db,
  );
  await lookAfterReadersJob(app.context);
  // Other systems were never told that these were readers.
  expect(
    await db.selectFrom('outgoing_events').select('type').where('subscriber_id', '=', 2).execute(),
  ).toEqual([]);
  const left = await db.selectFrom('subscribers').select('email').execute();
  expect(left).toEqual([{ email: 'delivered+1@resend.dev' }]);
  const mails = await mailsTo(app, 'delivered+complained@resend.dev');
  await app.subscribe('delivered+complained@resend.dev');
  await app.drain();
  expect(await mailsTo(app, 'delivered+complained@resend.dev')).toBe(mails);
});

test('a mail that unsubscribes, delivered again, does not unsubscribe who has come back since', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  await seedReaders(context.db, 1);
  const subject = `unsubscribe ${signSubscriber(context.linkKeys, 'unsubscribe', 1)}`;
  const mail = { to: [], received_for: [], subject, at: clock.now };
  const statusOf = async () =>
    (await context.db.selectFrom('subscribers').select('status').executeTakeFirstOrThrow()).status;
  await receiveMail(context, mail);
  expect(await statusOf()).toBe('unsubscribed');
  clock.now = new Date(clock.now.getTime() + 60_000);
  await undoUnsubscribe(context, 1);
  await receiveMail(context, mail);
  expect(await statusOf()).toBe('active');
  await receiveMail(context, { ...mail, at: new Date(clock.now.getTime() + 1_000) });
  expect(await statusOf()).toBe('unsubscribed');
});

test('who left stays counted, whatever becomes of them; who was never a reader is not', async () => {
  const app = await createSentIssue(4);
  const { context, clock } = app;
  const { db } = context;
  clock.now = new Date(clock.now.getTime() + 3_600_000);
  for (const id of [1, 2, 3]) {
    await unsubscribe(context, id);
  }
  // Imported as left, and never ours.
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, unsubscribed_at)
    select 'gone' || number || '@example.net', 'unsubscribed', 'list', ${clock.now}, ${clock.now} from generate_series(1, 30) as number`.execute(
    db,
  );
  const left = async () => {
    // Both are cached for a minute.
    const page = await (await app.request('/studio/learn.csv')).text();
    return Number(page.split('\r\n')[1]?.split(',').at(-3));
  };
  await eraseReader(context, 'delivered+2@resend.dev');
  await app.subscribe('delivered+3@resend.dev');
  expect(await left()).toBe(3);
  const days = await countJoinsAndLeaves(db, clock.now, 'UTC', 2);
  expect(days.at(-1)).toMatchObject({ left: 3 });
});
