import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { announce } from '../../src/outgoing-webhooks/announce.ts';
import { deliverEvents } from '../../src/outgoing-webhooks/deliver.ts';
import { describeEndpoints, storeEndpoints } from '../../src/outgoing-webhooks/endpoints.ts';
import { deleteOldEvents, replayEvents } from '../../src/outgoing-webhooks/replay.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { suppressByEvent } from '../../src/sending/events/suppress-by-event.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { isolateCopy } from '../../src/sending/restore/isolate-copy.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { seedContent } from '../support/seed.ts';
import { sendIssue, WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { openReceiver, type Receiver } from './receiver.ts';

const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const SECRET = makeSecret();

interface WebhookApp extends TestApp {
  receiver: Receiver;
  /** Announces one event, and delivers what is due. */
  announceOne: () => Promise<void>;
  deliver: () => Promise<void>;
  wait: (seconds: number) => void;
}

async function createWebhookApp(env: Record<string, string> = {}): Promise<WebhookApp> {
  const receiver = await openReceiver(SECRET);
  const app = await createTestApp({
    OUTGOING_WEBHOOKS: `${receiver.url} ${makeSecret()} ${SECRET}`,
    OUTGOING_WEBHOOKS_TO: 'any',
    ...env,
  });
  app.context.isWorker = false;
  await storeEndpoints(app.context);
  const deliver = () => deliverEvents(app.context);
  return {
    ...app,
    receiver,
    deliver,
    announceOne: async () => {
      const event = { type: 'issue.sent' as const, at: app.context.now(), data: { week: WEEK } };
      await app.context.db.transaction().execute((tx) => announce(tx, event));
      await deliver();
    },
    wait: (seconds) => {
      app.clock.now = new Date(app.clock.now.getTime() + seconds * 1_000);
    },
  };
}

const stateOf = async ({ context, receiver }: WebhookApp, url = receiver.url) =>
  (await describeEndpoints(context)).find((endpoint) => endpoint.url === url);

test('a reader who joins, leaves, returns, changes address, complains and is erased is announced each time, signed', async () => {
  const app = await createWebhookApp();
  const { context, receiver } = app;
  await app.subscribe('delivered+ann@resend.dev');
  const { id } = await context.db.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
  const post = (purpose: 'confirm' | 'unsubscribe' | 'preferences', end = '') =>
    app.post(`/${purpose}/${signSubscriber(context.linkKeys, purpose, id)}${end}`);
  await post('confirm');
  await post('unsubscribe');
  await post('unsubscribe', '/undo');
  await context.db
    .updateTable('subscribers')
    .set({ email: 'ann@example.net' })
    .where('id', '=', id)
    .execute();
  await context.db.transaction().execute((tx) => suppressByEvent(tx, id, 'complained', context.now(), []));
  await app.deliver();
  const subscriber = { id, email: 'ann@example.net' };
  expect(receiver.received.map(({ type, data }) => ({ type, ...data }))).toEqual(
    expect.arrayContaining([
      { type: 'subscriber.confirmed', subscriber, reason: 'confirmed' },
      { type: 'subscriber.unsubscribed', subscriber, reason: 'unsubscribed' },
      { type: 'subscriber.confirmed', subscriber, reason: 'returned' },
      { type: 'subscriber.address_changed', subscriber },
      { type: 'subscriber.suppressed', subscriber, reason: 'complained' },
    ]),
  );
  expect(receiver.received).toHaveLength(5);
  expect(new Set(receiver.received.map((event) => event.id)).size).toBe(5);

  await eraseReader(context, 'ann@example.net');
  await app.deliver();
  expect(receiver.received.at(-1)).toMatchObject({
    type: 'subscriber.unsubscribed',
    data: { subscriber: { id }, reason: 'erased' },
  });
  const { rows } = await sql<{ row: string }>`
    select outgoing_events::text as row from outgoing_events
    union all select outgoing_deliveries::text from outgoing_deliveries`.execute(context.db);
  expect(rows.map(({ row }) => row).join('\n')).not.toContain('ann@');
});

test('the erasure of a sign-up that was never confirmed is not announced', async () => {
  const app = await createWebhookApp();
  const { db } = app.context;
  await app.subscribe('delivered+ann@resend.dev');
  await eraseReader(app.context, 'delivered+ann@resend.dev');
  await app.subscribe('delivered+bo@resend.dev');
  const { id } = await db.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
  await app.post(`/confirm/${signSubscriber(app.context.linkKeys, 'confirm', id)}`);
  await eraseReader(app.context, 'delivered+bo@resend.dev');
  await app.deliver();
  expect(app.receiver.received.map(({ type }) => type).toSorted()).toEqual([
    'subscriber.confirmed',
    'subscriber.unsubscribed',
  ]);
});

test('a sent issue is announced once, and counted votes by tool with what changed', async () => {
  const app = await createWebhookApp();
  const { context, receiver } = app;
  await seedContent(context.db);
  for (const name of ['ann', 'bo']) {
    await app.subscribe(`delivered+${name}@resend.dev`);
  }
  await context.db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: context.now() })
    .execute();
  const id = await sendIssue(app);
  const insert = (voter: string, choice: string) =>
    sql`insert into votes (issue_id, tool_slug, voter_key, choice, state, cast_at, changed_at)
      values (${id}, 'harborlight', ${Buffer.from(voter)}, ${choice}, 'counted', now(), now())`.execute(
      context.db,
    );
  await insert('one', 'ship');
  await insert('two', 'ship');
  await tick(context);
  await sql`update votes set choice = 'skip' where voter_key = ${Buffer.from('two')}`.execute(context.db);
  await sql`update votes set state = 'held' where voter_key = ${Buffer.from('one')}`.execute(context.db);
  await tick(context);
  await app.deliver();
  const announced = receiver.received.filter(({ type }) => type !== 'subscriber.confirmed');
  expect(announced.map(({ type, data }) => ({ type, ...data }))).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        type: 'issue.sent',
        week: WEEK,
        mails: 2,
        url: expect.stringMatching(/\/issues\//),
      }),
      { type: 'vote.counted', week: WEEK, tool: 'harborlight', verdict: 'ship', change: 2 },
      { type: 'vote.counted', week: WEEK, tool: 'harborlight', verdict: 'ship', change: -2 },
      { type: 'vote.counted', week: WEEK, tool: 'harborlight', verdict: 'skip', change: 1 },
    ]),
  );
  expect(announced).toHaveLength(4);
  // Of a copy of this database other systems learn nothing about the issues of the original.
  await sql`delete from votes`.execute(context.db);
  await isolateCopy(context);
  await storeEndpoints(context);
  await tick(context);
  await app.deliver();
  expect(receiver.received.filter(({ type }) => type !== 'subscriber.confirmed')).toHaveLength(4);
  await expect(replayEvents(context, { only_failed: false })).resolves.toBe(0);
});

test('mails that are sent again later are not announced as another issue', async () => {
  const app = await createWebhookApp();
  const { context, receiver } = app;
  await seedContent(context.db);
  await app.subscribe('delivered+ann@resend.dev');
  await context.db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: context.now() })
    .execute();
  await sendIssue(app);
  await context.db.updateTable('deliveries').set({ status: 'failed' }).execute();
  await sendAgain(context, WEEK, { status: 'failed', by: 'ann' });
  await app.drain();
  await app.deliver();
  expect(await context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(2);
  expect(receiver.received.filter(({ type }) => type === 'issue.sent')).toHaveLength(1);
});

test('an event that is not accepted is retried ever more slowly, given up after three days, and replayed with its id', async () => {
  const app = await createWebhookApp();
  const { context, receiver } = app;
  receiver.answer = (response) => response.writeHead(500).end('out of order, ask ann@example.net');
  await app.announceOne();
  expect(receiver.received).toHaveLength(1);
  app.wait(4);
  await app.deliver();
  expect(receiver.received).toHaveLength(1);
  app.wait(2);
  await app.deliver();
  expect(receiver.received).toHaveLength(2);
  app.wait(6);
  await app.deliver();
  expect(receiver.received).toHaveLength(2);
  expect(await stateOf(app)).toMatchObject({
    waiting: 1,
    last_answer: expect.stringMatching(/^500 out of order/),
  });
  expect((await stateOf(app))?.last_answer).not.toContain('ann@example.net');

  for (let day = 0; day < 20; day += 1) {
    app.wait(27 * 3_600);
    await app.deliver();
  }
  expect(receiver.received).toHaveLength(10);
  expect(await stateOf(app)).toMatchObject({ waiting: 0, failed: 1 });
  const notice = await context.db.selectFrom('staff_notices').select('message').execute();
  expect(notice.map(({ message }) => message).join()).toMatch(/did not take an event in 10 attempts/);

  receiver.answer = (response) => response.writeHead(204).end();
  expect(await replayEvents(context, { only_failed: true })).toBe(1);
  await app.deliver();
  expect(await stateOf(app)).toMatchObject({ waiting: 0, failed: 0, delivered: 1 });
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  expect(await replayEvents(context, { only_failed: true })).toBe(0);
  expect(await replayEvents(context, { only_failed: false, since: context.now() })).toBe(0);
  expect(await replayEvents(context, { only_failed: false })).toBe(1);
  await app.deliver();
  const message_id = receiver.received[0]!.id;
  expect(await replayEvents(context, { only_failed: false, message_id })).toBe(1);
  const unknown = '00000000-0000-4000-8000-000000000000';
  await expect(replayEvents(context, { only_failed: false, message_id: unknown })).rejects.toThrow(
    /is unknown or no longer kept/,
  );
});

test('an endpoint decides how long we wait, and whether we come back at all', async () => {
  const app = await createWebhookApp();
  const { context, receiver } = app;
  receiver.answer = (response) => response.writeHead(429, { 'retry-after': '3600' }).end();
  await app.announceOne();
  app.wait(3_500);
  await app.deliver();
  expect(receiver.received).toHaveLength(1);
  app.wait(200);
  receiver.answer = (response) => response.writeHead(410).end();
  await app.deliver();
  expect(receiver.received).toHaveLength(2);
  await app.announceOne();
  await app.announceOne();
  expect(receiver.received).toHaveLength(2);
  expect((await stateOf(app))?.gone_at).not.toBeNull();

  receiver.answer = (response) => response.writeHead(200).end();
  await replayEvents(context, { only_failed: true });
  await app.deliver();
  expect(await stateOf(app)).toMatchObject({ gone_at: null, failed: 0 });
});

test('redirects are not followed, and one endpoint that hangs delays no other', async () => {
  const slow = await openReceiver(SECRET);
  slow.answer = () => undefined;
  const app = await createWebhookApp();
  const { context, receiver } = app;
  receiver.answer = (response) => response.writeHead(302, { location: receiver.url }).end();
  await app.announceOne();
  expect(receiver.received).toHaveLength(1);
  expect(await stateOf(app)).toMatchObject({ waiting: 1, last_answer: '302' });

  const fast = context.config.outgoingWebhooks[0]!;
  context.config = { ...context.config, outgoingWebhooks: [{ url: slow.url, secrets: [SECRET] }, fast] };
  await storeEndpoints(context);
  receiver.answer = (response) => response.writeHead(204).end();
  const delivering = app.announceOne();
  await expect.poll(() => receiver.received.length).toBe(2);
  expect(slow.received.length).toBeLessThanOrEqual(1);
  await expect.poll(() => slow.received.length).toBe(1);
  context.config = { ...context.config, outgoingWebhooks: [fast] };
  void delivering.catch(() => undefined);
});

test('nothing is posted to a private network unless a setting allows it, whatever name the host has', async () => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    const app = await createWebhookApp();
    const { context, receiver } = app;
    const url = new URL(receiver.url);
    url.host = `${host}:${url.port}`;
    context.config = {
      ...context.config,
      allowsPrivateWebhooks: false,
      outgoingWebhooks: [{ url: url.href, secrets: [SECRET] }],
    };
    await storeEndpoints(context);
    await app.announceOne();
    expect(receiver.received).toEqual([]);
    expect((await stateOf(app, url.href))?.last_answer, host).toMatch(/is in a private network/);
  }
});

test('no event is stored without an endpoint or for a copied database, and none is kept after 30 days', async () => {
  const app = await createWebhookApp();
  const { context } = app;
  const countEvents = async () =>
    Number(
      (await sql<{ n: number }>`select count(*) as n from outgoing_events`.execute(context.db)).rows[0]?.n,
    );
  await app.subscribe('delivered+ann@resend.dev');
  await context.db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: context.now() })
    .execute();
  expect(await countEvents()).toBe(1);
  await isolateCopy(context);
  expect(await countEvents()).toBe(0);
  expect(await stateOf(app)).toBeUndefined();
  await storeEndpoints(context);
  await app.announceOne();
  expect(await countEvents()).toBe(1);
  // PostgreSQL's clock dates events, and the test's is behind it.
  await sql`update outgoing_events set at = ${context.now()}`.execute(context.db);
  app.wait(40 * 86_400);
  await deleteOldEvents(context);
  expect(await countEvents()).toBe(0);

  context.config = { ...context.config, outgoingWebhooks: [] };
  await storeEndpoints(context);
  await app.announceOne();
  expect(await countEvents()).toBe(0);
});

test('whatever a receiver answers is recorded, and harms no other delivery', async () => {
  const app = await createWebhookApp();
  const { receiver } = app;
  receiver.answer = (response) => response.writeHead(200).end('ok\0\u001b[31m');
  await app.announceOne();
  expect(await stateOf(app)).toMatchObject({ delivered: 1, waiting: 0 });
  // The status arrives, and then the connection breaks.
  receiver.answer = (response) => {
    response.writeHead(200).write('o');
    setTimeout(() => response.destroy(), 50);
  };
  await app.announceOne();
  expect(await stateOf(app)).toMatchObject({ delivered: 2, waiting: 0 });
});

test('a replay without any endpoint says that there is none', async () => {
  const app = await createTestApp();
  await expect(replayEvents(app.context, { only_failed: true })).rejects.toThrow('No webhook is known.');
});

test('a replay makes events due at once that wait for a retry', async () => {
  const app = await createWebhookApp();
  const { context, receiver } = app;
  receiver.answer = (response) => response.writeHead(503, { 'retry-after': '86400' }).end();
  await app.announceOne();
  receiver.answer = (response) => response.writeHead(204).end();
  expect(await replayEvents(context, { only_failed: true })).toBe(1);
  await app.deliver();
  expect(await stateOf(app)).toMatchObject({ delivered: 1 });
});

test('a worker with other settings removes nothing, and an endpoint that is being removed stops nobody from leaving', async () => {
  const app = await createWebhookApp();
  const { context } = app;
  const { outgoingWebhooks } = context.config;
  await app.subscribe('delivered+ann@resend.dev');
  await context.db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: context.now() })
    .execute();
  const { id } = await context.db.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
  context.config = { ...context.config, outgoingWebhooks: [] };
  await storeEndpoints(context);
  expect(await stateOf(app)).toMatchObject({ waiting: 1 });
  app.wait(2 * 86_400);
  let leaving: Promise<void> | undefined;
  await context.db.transaction().execute(async (tx) => {
    await storeEndpoints({ ...context, db: tx });
    leaving = unsubscribe(context, id);
    await leaving;
  });
  await leaving;
  const { status } = await context.db.selectFrom('subscribers').select('status').executeTakeFirstOrThrow();
  expect(status).toBe('unsubscribed');
  expect(await stateOf(app)).toBeUndefined();
  context.config = { ...context.config, outgoingWebhooks };
});
