import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

async function createSent(env: Record<string, string> = {}) {
  const app = await createTestApp(env);
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 2);
  await draftIssue(context, '2026-W48');
  await approveIssue(context, '2026-W48', 'test');
  await prepareIssue(context, '2026-W48');
  await app.drain();
  const report = (
    type: string,
    data: object = {},
    options: { id?: string; at?: Date; secret?: string; tags?: object } = {},
  ) => {
    const id = options.id ?? `msg_${randomUUID()}`;
    const tags = options.tags ?? { sender: context.installation.id, issue: '2026-W48', delivery: '1' };
    const body = JSON.stringify({
      type,
      created_at: '2026-11-24T14:00:05.000Z',
      data: { email_id: randomUUID(), to: ['a@b.example'], tags, ...data },
    });
    const at = options.at ?? new Date();
    const signature = new Webhook(
      (options.secret ?? context.config.webhookSecret).replace('whsec_', ''),
    ).sign(id, at, body);
    const headers = {
      'svix-id': id,
      'svix-timestamp': String(Math.floor(at.getTime() / 1000)),
      'svix-signature': signature,
    };
    return app.request('/webhooks/resend', { method: 'POST', body, headers });
  };
  const delivery = () =>
    context.db.selectFrom('deliveries').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();
  const reader = () =>
    context.db.selectFrom('subscribers').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();
  const events = () => context.db.selectFrom('delivery_events').selectAll().execute();
  return { ...app, report, delivery, reader, events };
}

test('a verified event updates its delivery, with the time that Resend reports', async () => {
  const app = await createSent();
  expect((await app.report('email.delivered')).status).toBe(200);
  expect(await app.delivery()).toMatchObject({
    status: 'delivered',
    delivered_at: new Date('2026-11-24T14:00:05Z'),
  });
});

test('duplicate and late events change nothing', async () => {
  const app = await createSent();
  await app.report('email.delivered', {}, { id: 'msg_1' });
  await app.report('email.sent');
  await app.report('email.opened');
  const before = await app.delivery();
  await app.report('email.bounced', { bounce: { type: 'Permanent', subType: 'General' } }, { id: 'msg_1' });
  expect(await app.delivery()).toEqual(before);
  expect(await app.events()).toHaveLength(3);
  expect((await app.reader()).status).toBe('active');
});

test('an event whose reason is cut in the middle of a character is stored', async () => {
  const app = await createSent();
  const reason = `${'x'.repeat(199)}😀`;
  expect((await app.report('email.failed', { failed: { reason } })).status).toBe(200);
  expect(await app.context.db.selectFrom('delivery_events').select('type').execute()).toEqual([
    { type: 'email.failed' },
  ]);
});

test('a permanent bounce or a complaint suppresses the reader, a transient bounce does not', async () => {
  const app = await createSent();
  await app.report('email.bounced', { bounce: { type: 'Transient', subType: 'MailboxFull' } });
  expect((await app.reader()).status).toBe('active');
  await app.report('email.bounced', { bounce: { type: 'Permanent', subType: 'NoEmail' } });
  expect(await app.reader()).toMatchObject({ status: 'suppressed', suppressed_reason: 'bounced' });
  await app.report('email.complained');
  expect(await app.delivery()).toMatchObject({ status: 'complained' });
});

test('a reader who left and then complained cannot be reactivated by undo or sign-up', async () => {
  const app = await createSent();
  await unsubscribe(app.context, 1);
  await app.report('email.complained');
  expect(await app.reader()).toMatchObject({ status: 'unsubscribed', suppressed_reason: 'complained' });
  const leave = `/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', 1)}`;
  expect(await (await app.request(leave)).text()).not.toContain('Undo');
  await app.post(`${leave}/undo`);
  await app.subscribe('delivered+1@resend.dev');
  expect((await app.reader()).status).toBe('unsubscribed');
});

test('an event with malformed optional fields still counts', async () => {
  const app = await createSent();
  const tags = { sender: app.context.installation.id, delivery: 1 };
  expect(
    (await app.report('email.complained', { bounce: null, failed: 7, email_id: 'x' }, { tags })).status,
  ).toBe(200);
  expect((await app.reader()).status).toBe('suppressed');
  expect((await app.report('email.failed', { failed: { reason: 'reached\u0000quota' } })).status).toBe(200);
});

test('events of other senders, of unknown types and of unknown shape get 200 and are not stored', async () => {
  const app = await createSent();
  expect(
    (await app.report('email.bounced', { bounce: { type: 'Permanent' } }, { tags: { delivery: '1' } }))
      .status,
  ).toBe(200);
  expect((await app.report('email.bounced', {}, { tags: { sender: 'another', delivery: '1' } })).status).toBe(
    200,
  );
  expect((await app.report('domain.updated', { tags: undefined })).status).toBe(200);
  expect((await app.report('email.delivered', { tags: 'odd' })).status).toBe(200);
  expect(await app.events()).toEqual([]);
  expect((await app.delivery()).status).toBe('submitted');
});

test('an invalid, missing or stale signature gets 401 and nothing is stored', async () => {
  const app = await createSent();
  expect((await app.report('email.delivered', {}, { secret: 'whsec_d3Jvbmc=' })).status).toBe(401);
  expect((await app.report('email.delivered', {}, { at: new Date(Date.now() - 301_000) })).status).toBe(401);
  expect((await app.request('/webhooks/resend', { method: 'POST', body: '{}' })).status).toBe(401);
  expect(await app.events()).toEqual([]);
});

test('nothing that could identify a reader or contain a token is stored', async () => {
  const app = await createSent();
  await app.report('email.clicked', {
    click: { link: 'https://verdicts.example.net/v/secret-token/a/ship', ipAddress: '192.0.2.1' },
    headers: [{ name: 'List-Unsubscribe', value: '<https://verdicts.example.net/unsubscribe/secret-token>' }],
    bounce: { type: 'Permanent', message: 'no such user a@b.example' },
  });
  expect(await app.events()).toHaveLength(1);
  expect(JSON.stringify(await app.events())).not.toMatch(/secret-token|a@b|192\.0/);
});

/** Adds another issue with a delivery of this status to reader 1. */
async function addPastIssue(
  app: Awaited<ReturnType<typeof createSent>>,
  week: string,
  status: 'submitted' | 'bounced' | 'skipped',
) {
  const { db } = app.context;
  const issue = await db.selectFrom('issues').selectAll().executeTakeFirstOrThrow();
  const { id: _, ...columns } = issue;
  const values = { ...columns, week, number: Number(week.slice(-2)) };
  const json = {
    content: JSON.stringify(values.content),
    made_from: JSON.stringify(values.made_from),
    choice: JSON.stringify(values.choice),
    edits: '{}',
    made_from_before: null,
  };
  const { id } = await db
    .insertInto('issues')
    .values({ ...values, ...json })
    .returning('id')
    .executeTakeFirstOrThrow();
  const at = new Date('2026-11-01');
  const times = { queued_at: at, submitting_at: at, submitted_at: at };
  const row = await db
    .insertInto('deliveries')
    .values({
      issue_id: id,
      subscriber_id: 1,
      batch_id: 0,
      position: 0,
      status,
      reason: status === 'submitted' ? null : 'Transient',
      ...times,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

test('transient bounces in three consecutive issues suppress the reader; a skipped issue in between does not count', async () => {
  const app = await createSent();
  const bounce = { bounce: { type: 'Transient', subType: 'MailboxFull' } };
  const bounceOf = (delivery: number) =>
    app.report('email.bounced', bounce, {
      tags: { sender: app.context.installation.id, delivery: String(delivery) },
    });
  await bounceOf(1);
  await addPastIssue(app, '2026-W49', 'skipped');
  await addPastIssue(app, '2026-W50', 'bounced');
  expect((await app.reader()).status).toBe('active');
  const third = await addPastIssue(app, '2026-W51', 'bounced');
  await bounceOf(third);
  expect(await app.reader()).toMatchObject({ status: 'suppressed', suppressed_reason: 'bouncing' });
});

test('transient bounces of an address that the reader has replaced do not count against the new one', async () => {
  const app = await createSent();
  const { db, installation } = app.context;
  await addPastIssue(app, '2026-W49', 'bounced');
  await addPastIssue(app, '2026-W50', 'bounced');
  const last = await addPastIssue(app, '2026-W51', 'bounced');
  const confirmed_at = new Date('2026-11-20T00:00:00Z');
  await db
    .insertInto('address_changes')
    .values({ subscriber_id: 1, email: 'new@example.net', requested_at: confirmed_at, confirmed_at })
    .execute();
  await db
    .updateTable('deliveries')
    .set({ submitting_at: new Date('2026-12-15T14:00:00Z') })
    .where('id', '=', last)
    .execute();
  await app.report(
    'email.bounced',
    { bounce: { type: 'Transient' } },
    { tags: { sender: installation.id, delivery: String(last) } },
  );
  expect((await app.reader()).status).toBe('active');
});

test('two transient bounces after a delivered issue do not suppress the reader', async () => {
  const app = await createSent();
  await app.report('email.delivered');
  await addPastIssue(app, '2026-W49', 'bounced');
  const last = await addPastIssue(app, '2026-W50', 'bounced');
  await app.report(
    'email.bounced',
    { bounce: { type: 'Temporary' } },
    { tags: { sender: app.context.installation.id, delivery: String(last) } },
  );
  expect((await app.reader()).status).toBe('active');
});

test('replaying all events in another order changes nothing', async () => {
  const app = await createSent();
  const { context, outbox } = app;
  const stopping = new AbortController();
  const delivering = outbox.deliverWebhooks(stopping.signal);
  const listUndelivered = () =>
    context.db.selectFrom('outbox.webhooks').select('svix_id').where('delivered_at', 'is', null).execute();
  await expect.poll(listUndelivered, { timeout: 10_000 }).toEqual([]);
  await app.report('email.bounced', { bounce: { type: 'Permanent' } }, { id: 'msg_late' });
  const everything = async () => ({
    deliveries: await context.db.selectFrom('deliveries').selectAll().orderBy('id').execute(),
    readers: await context.db.selectFrom('subscribers').selectAll().orderBy('id').execute(),
    issues: await context.db.selectFrom('issues').selectAll().execute(),
    events: await app.events(),
    notices: await context.db.selectFrom('staff_notices').selectAll().execute(),
  });
  const before = await everything();
  expect(before.events.length).toBeGreaterThan(4);
  await context.db
    .updateTable('outbox.webhooks')
    .set({ due_at: new Date(0), delivered_at: null, copies: 2 })
    .execute();
  await context.pool.query('update outbox.webhooks set position = -position');
  await expect.poll(listUndelivered, { timeout: 10_000 }).toEqual([]);
  stopping.abort();
  await delivering;
  await app.report('email.bounced', { bounce: { type: 'Permanent' } }, { id: 'msg_late' });
  expect(await everything()).toEqual(before);
});

test.each([
  ['Transient', {}],
  ['Temporary', {}],
  ['Undetermined', {}],
  ['SomethingNew', {}],
  ['no type', { bounce: {} }],
  ['no bounce', { bounce: undefined }],
])('bounces of the type %s stop a reader after three issues in a row, and not before', async (type, data) => {
  const app = await createSent();
  const bounce = 'bounce' in data ? data : { bounce: { type } };
  await app.report('email.bounced', bounce);
  for (const week of ['2026-W49', '2026-W50']) {
    expect((await app.reader()).status).toBe('active');
    const id = await addPastIssue(app, week, 'submitted');
    const tags = { sender: app.context.installation.id, delivery: String(id) };
    await app.report('email.bounced', bounce, { tags });
  }
  expect(await app.reader()).toMatchObject({ status: 'suppressed', suppressed_reason: 'bouncing' });
});

test('a mail to the unsubscribe mailbox with the link’s token unsubscribes its reader; any other is for staff', async () => {
  const app = await createSent({ UNSUBSCRIBE_MAILBOX: 'Unsubscribe@IN.example.net' });
  const token = signSubscriber(app.context.linkKeys, 'unsubscribe', 1);
  const receive = (to: string, subject: string) =>
    app.report('email.received', { from: 'a@b.example', to: [to], received_for: [], subject });
  const notices = () =>
    app.context.db
      .selectFrom('staff_notices')
      .select('subject_key')
      .where('subject_key', 'like', 'unsubscribe%')
      .execute();
  await receive('elsewhere@in.example.net', 'please stop');
  await receive(
    'Unsubscribe@in.example.net',
    `unsubscribe ${signSubscriber(app.context.linkKeys, 'preferences', 1)}`,
  );
  await receive('unsubscribe@in.example.net', 'please stop');
  expect((await app.reader()).status).toBe('active');
  expect(await notices()).toEqual([{ subject_key: 'unsubscribe mailbox 2026-11-24' }]);
  await receive('Ann <unsubscribe@in.example.net>', `Re: unsubscribe ${token}`);
  expect((await app.reader()).status).toBe('unsubscribed');
  // The setting may have named another mailbox when their mail was sent.
  const second = signSubscriber(app.context.linkKeys, 'unsubscribe', 2);
  await receive('the-mailbox-of-last-year@in.example.net', `unsubscribe ${second}`);
  const left = app.context.db.selectFrom('subscribers').select('id').where('status', '=', 'unsubscribed');
  expect(await left.execute()).toHaveLength(2);
  const { headers } = await app.context.db
    .selectFrom('outbox.mails')
    .select('headers')
    .executeTakeFirstOrThrow();
  expect(headers['List-Unsubscribe']).toMatch(
    /^<http:[^>]*\/unsubscribe\/([\w-]{33})>, <mailto:Unsubscribe@in\.example\.net\?subject=unsubscribe%20\1>$/,
  );
});

test('complaints from a team that is no longer sent through still count', async () => {
  const secret = 'whsec_YW5vdGhlci1zZWNyZXQtb2YtYW5vdGhlci10ZWFt';
  const forgotten = await createSent();
  expect((await forgotten.report('email.complained', {}, { secret })).status).toBe(401);
  const app = await createSent({ RESEND_WEBHOOK_SECRET_2: secret });
  expect((await app.report('email.complained', {}, { secret })).status).toBe(200);
  expect((await app.reader()).status).toBe('suppressed');
});

test('a letter that Resend accepted and did not send: staff are told, and what was lost may be sent again', async () => {
  const app = await createSent();
  const { db } = app.context;
  await db.updateTable('subscribers').set({ digest_month: '2026-10', asked_times: 2 }).execute();
  await db
    .updateTable('subscribers')
    .set({ status: 'pending', confirmed_at: null })
    .where('id', '=', 2)
    .execute();
  const fail = (reader: string, letter: string) =>
    app.report(
      'email.failed',
      { failed: { reason: 'reached_daily_quota' } },
      { tags: { sender: app.context.installation.id, reader, letter } },
    );
  await fail('1', 'digest-2026-10');
  await fail('2', 'confirmation');
  await db.updateTable('subscribers').set({ still_asked_at: app.clock.now }).where('id', '=', 1).execute();
  await fail('1', 'still-want-this');
  const asked = db.selectFrom('subscribers').select('still_asked_at').where('id', '=', 1);
  expect(await asked.execute()).toEqual([{ still_asked_at: null }]);
  const reminded = async (at: Date) => {
    await db.updateTable('subscribers').set({ reminded_at: at }).where('id', '=', 2).execute();
    await fail('2', 'reminder');
    const { reminded_at } = await db
      .selectFrom('subscribers')
      .select('reminded_at')
      .where('id', '=', 2)
      .executeTakeFirstOrThrow();
    return reminded_at;
  };
  expect(await reminded(app.clock.now)).toBeNull();
  // The event comes again, after another reminder was sent.
  const later = new Date(app.clock.now.getTime() + 3_600_000);
  expect(await reminded(later)).toEqual(later);
  const readers = db.selectFrom('subscribers').select(['digest_month', 'asked_times']).orderBy('id');
  expect(await readers.execute()).toEqual([
    { digest_month: '2026-09', asked_times: 2 },
    { digest_month: '2026-10', asked_times: 0 },
  ]);
  const notices = await db
    .selectFrom('staff_notices')
    .select(['subject_key', 'message'])
    .where('subject_key', 'like', 'failed%')
    .orderBy('id')
    .execute();
  expect(notices.map(({ subject_key }) => subject_key)).toEqual([
    'failed digest-2026-10 2026-11-24',
    'failed confirmation 2026-11-24',
    'failed still-want-this 2026-11-24',
    'failed reminder 2026-11-24',
  ]);
  expect(notices[0]?.message).toContain('reached_daily_quota');
  expect(notices[0]?.message).toContain(
    '`verdicts issue digest 2026-10 --send` sends the digest to the readers who missed it.',
  );
  // The copy was sent again since, by another order.
  await db.updateTable('subscribers').set({ digest_month: '2026-10', digest_order: '2026-10-2' }).execute();
  await fail('1', 'digest-2026-10');
  expect((await app.reader()).digest_month).toBe('2026-10');
});
