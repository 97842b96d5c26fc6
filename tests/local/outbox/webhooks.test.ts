import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { findFreePort } from '../../support/free-port.ts';
import { expect, test } from 'vitest';
import { openLog } from '../../../src/log.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { isDeliveredOutOfOrder } from '../../../src/local/outbox/store/mail-events.ts';
import { mailTo, startOutbox } from './start-outbox.ts';
import { deliver, type Received, startReceiver } from './start-receiver.ts';

const POLL = { timeout: 10_000, interval: 20 };
const [IN_ORDER = '', OUT_OF_ORDER = ''] = [false, true].map(findAddress);

test('a webhook has the shape that Resend documents, and a signature that the SDK verifies', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const { outbox, resend } = await startOutbox(db, {
    webhookUrl,
    now: () => new Date('2026-11-23T12:00:00.500Z'),
  });
  const { data } = await resend.emails.send({
    ...mailTo(IN_ORDER),
    tags: [{ name: 'delivery', value: '17' }],
    headers: { 'List-Unsubscribe': '<https://verdicts.example.net/u/t>' },
  });
  deliver(outbox);
  await expect.poll(() => received.length, POLL).toBe(2);
  expect(received[0]).toEqual({
    svix_id: expect.stringMatching(/^msg_\w+$/),
    event: {
      type: 'email.sent',
      created_at: '2026-11-23T12:00:00.500Z',
      data: {
        email_id: data?.id,
        message_id: `<${data?.id}@outbox.local>`,
        created_at: '2026-11-23T12:00:00.500Z',
        from: 'Verdicts <verdicts@example.net>',
        to: [IN_ORDER],
        subject: 'The week',
        tags: { delivery: '17' },
        headers: [{ name: 'List-Unsubscribe', value: '<https://verdicts.example.net/u/t>' }],
      },
    },
  });
  expect(received[1]?.event).toMatchObject({
    type: 'email.delivered',
    created_at: '2026-11-23T12:00:00.501Z',
  });
  expect(received[1]?.svix_id).not.toBe(received[0]?.svix_id);
});

test('a mail without tags and headers has neither key in its webhooks', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const { outbox, resend } = await startOutbox(db, { webhookUrl });
  await resend.emails.send(mailTo(IN_ORDER));
  deliver(outbox);
  await expect.poll(() => received.length, POLL).toBe(2);
  expect(Object.keys(received[0]?.event.data ?? {})).not.toContain('tags');
  expect(Object.keys(received[0]?.event.data ?? {})).not.toContain('headers');
});

test.each([
  ['delivered@resend.dev', ['sent', 'delivered'], {}],
  ['Ann <delivered+ann@resend.dev>', ['sent', 'delivered'], {}],
  ['bounced+ann@resend.dev', ['sent', 'bounced'], { bounce: { type: 'Permanent', subType: 'General' } }],
  ['complained@resend.dev', ['sent', 'delivered', 'complained'], {}],
  ['complained+ann@resend.dev', ['sent', 'delivered', 'complained'], {}],
  ['Suppressed+ann@resend.dev', ['suppressed'], { suppressed: { type: 'OnAccountSuppressionList' } }],
  ['bounced@elsewhere.net', ['sent', 'delivered'], {}],
])('%s gets the events %j, and the last one is the final status', async (to, events, detail) => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const { outbox, resend } = await startOutbox(db, { webhookUrl });
  const { data } = await resend.emails.send(mailTo(to));
  deliver(outbox);
  await expect.poll(() => typesByTime(received), POLL).toEqual(events.map((event) => `email.${event}`));
  const last = received.find(({ event }) => event.type === `email.${events.at(-1)}`);
  expect(last?.event.data).toMatchObject(detail);
  await expect
    .poll(async () => (await resend.emails.get(data?.id ?? '')).data?.last_event, POLL)
    .toBe(events.at(-1));
});

test('the order of events depends on the address: reversed for some, in order for the others', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const { outbox, resend } = await startOutbox(db, { webhookUrl });
  const { data } = await resend.batch.send([mailTo(IN_ORDER), mailTo(OUT_OF_ORDER)]);
  deliver(outbox);
  await expect.poll(() => received.length, POLL).toBe(4);
  expect(typesFor(received, IN_ORDER)).toEqual(['email.sent', 'email.delivered']);
  expect(typesFor(received, OUT_OF_ORDER)).toEqual(['email.delivered', 'email.sent']);
  const id = data?.data[1]?.id ?? '';
  await expect.poll(async () => (await resend.emails.get(id)).data?.last_event, POLL).toBe('delivered');
});

test('about one address in ten gets its events out of order', () => {
  const addresses = Array.from({ length: 1000 }, (_, index) => `reader-${index}@example.net`);
  const share = addresses.filter(isDeliveredOutOfOrder).length;
  expect(share).toBeGreaterThan(50);
  expect(share).toBeLessThan(150);
});

test('a refused webhook is retried after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, then no more', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver(Array(20).fill(503));
  let now = new Date('2026-11-23T12:00:00Z');
  const { outbox, resend } = await startOutbox(db, { webhookUrl, now: () => now });
  await resend.emails.send(mailTo('suppressed@resend.dev'));
  deliver(outbox);
  const readRow = () => db.selectFrom('outbox.webhooks').selectAll().executeTakeFirstOrThrow();
  const waits_ms = [];
  for (let attempt = 1; attempt <= 8; attempt++) {
    await expect.poll(async () => (await readRow()).attempts, POLL).toBe(attempt);
    const { due_at } = await readRow();
    waits_ms.push(due_at === null ? null : due_at.getTime() - now.getTime());
    now = due_at ?? now;
  }
  const hour_ms = 3_600_000;
  expect(waits_ms).toEqual([
    5000,
    300_000,
    1_800_000,
    2 * hour_ms,
    5 * hour_ms,
    10 * hour_ms,
    10 * hour_ms,
    null,
  ]);
  expect(await readRow()).toMatchObject({ last_status: 503, delivered_at: null });
  expect(received).toHaveLength(8);
  expect(new Set(received.map(({ svix_id }) => svix_id)).size).toBe(1);
});

test.each([201, 204, 302, 500])('a webhook answered with %i counts as not delivered', async (status) => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver([status]);
  const { outbox, resend } = await startOutbox(db, { webhookUrl });
  await resend.emails.send(mailTo('suppressed@resend.dev'));
  deliver(outbox);
  const readRow = () => db.selectFrom('outbox.webhooks').selectAll().executeTakeFirstOrThrow();
  await expect.poll(async () => (await readRow()).attempts, POLL).toBe(1);
  expect(await readRow()).toMatchObject({ last_status: status, delivered_at: null });
  expect(received).toHaveLength(1);
});

test('an unreachable receiver is retried later, and the status of the mail advances anyway', async () => {
  const { db } = await createTestDatabase();
  const { outbox, resend } = await startOutbox(db);
  const { data } = await resend.emails.send(mailTo('suppressed@resend.dev'));
  deliver(outbox);
  const id = data?.id ?? '';
  await expect.poll(async () => (await resend.emails.get(id)).data?.last_event, POLL).toBe('suppressed');
  const row = await db.selectFrom('outbox.webhooks').selectAll().executeTakeFirstOrThrow();
  expect(row).toMatchObject({ attempts: 1, last_status: null, delivered_at: null, due_at: expect.any(Date) });
});

test('while nobody listens, most webhooks are not even attempted, and one line says so', async () => {
  const { db } = await createTestDatabase();
  const lines: string[] = [];
  const log = openLog('warn', { write: (line) => void lines.push(line) });
  const webhookUrl = `http://127.0.0.1:${await findFreePort()}/webhooks/resend`;
  const { outbox, resend } = await startOutbox(db, { webhookUrl, log });
  await resend.batch.send(Array.from({ length: 100 }, (_, index) => mailTo(`reader-${index}@example.net`)));
  deliver(outbox);
  const countAttempts = async () =>
    (await db.selectFrom('outbox.webhooks').select('attempts').where('attempts', '>', 0).execute()).length;
  await expect.poll(countAttempts, POLL).toBeGreaterThan(1);
  expect(await countAttempts()).toBeLessThan(20);
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({
      url: webhookUrl,
      msg: 'the webhook URL refuses connections; retrying every second',
    }),
  ]);
});

test('that nobody listens is logged once, however often the same webhook is tried again', async () => {
  const { db } = await createTestDatabase();
  const lines: string[] = [];
  const log = openLog('warn', { write: (line) => void lines.push(line) });
  const webhookUrl = `http://127.0.0.1:${await findFreePort()}/webhooks/resend`;
  let now = new Date('2026-11-23T12:00:00Z');
  const { outbox, resend } = await startOutbox(db, { webhookUrl, log, now: () => now });
  await resend.emails.send(mailTo('suppressed@resend.dev'));
  deliver(outbox);
  const readRow = () => db.selectFrom('outbox.webhooks').selectAll().executeTakeFirstOrThrow();
  for (const attempt of [1, 2, 3]) {
    await expect.poll(async () => (await readRow()).attempts, POLL).toBe(attempt);
    // Meanwhile the loop finds nothing due.
    await sleep(1_500);
    now = (await readRow()).due_at ?? now;
  }
  expect(lines).toHaveLength(1);
});

test('two outboxes on one database share the webhooks: each is posted once', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const one = await startOutbox(db, { webhookUrl });
  const other = await startOutbox(db, { webhookUrl });
  const mails = Array.from({ length: 100 }, (_, index) => mailTo(`reader-${index}@example.net`));
  for (let call = 0; call < 3; call++) {
    expect((await one.resend.batch.send(mails)).error).toBeNull();
  }
  deliver(one.outbox);
  deliver(other.outbox);
  const listPending = () =>
    db.selectFrom('outbox.webhooks').where('delivered_at', 'is', null).select('svix_id').execute();
  await expect.poll(listPending, POLL).toEqual([]);
  expect(received).toHaveLength(600);
  expect(new Set(received.map(({ svix_id }) => svix_id)).size).toBe(600);
});

test('stopping ends the loop at once, even in the middle of a post, and another process takes over', async () => {
  const { db } = await createTestDatabase();
  const hanging = await startReceiver([], new Promise(() => undefined));
  const { received, webhookUrl } = await startReceiver();
  const first = await startOutbox(db, { webhookUrl: hanging.webhookUrl });
  await first.resend.emails.send(mailTo('suppressed@resend.dev'));
  const loop = deliver(first.outbox);
  await expect.poll(() => hanging.received.length, POLL).toBe(1);
  const stopped_at_ms = performance.now();
  await loop.stop();
  expect(performance.now() - stopped_at_ms).toBeLessThan(1000);
  const second = await startOutbox(db, { webhookUrl });
  deliver(second.outbox);
  await expect.poll(() => received.length, POLL).toBe(1);
  expect(received[0]?.svix_id).toBe(hanging.received[0]?.svix_id);
});

test('the loop survives database errors', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  const lines: string[] = [];
  const log = openLog('warn', { write: (line) => void lines.push(line) });
  const { outbox, resend } = await startOutbox(db, { webhookUrl, log });
  await resend.emails.send(mailTo('suppressed@resend.dev'));
  await sql`alter schema outbox rename to hidden`.execute(db);
  deliver(outbox);
  await expect.poll(() => lines.length, POLL).toBeGreaterThan(0);
  await sql`alter schema hidden rename to outbox`.execute(db);
  await expect.poll(() => received.length, POLL).toBe(1);
});

test('faults can deliver a webhook twice with one id, late, or in the wrong order', async () => {
  const { db } = await createTestDatabase();
  const { received, webhookUrl } = await startReceiver();
  let now = new Date('2026-11-23T12:00:00Z');
  const { outbox, resend } = await startOutbox(db, { webhookUrl, now: () => now });
  outbox.faults.add({ kind: 'webhook-twice', times: 1 });
  outbox.faults.add({ kind: 'webhook-late', ms: 60_000, times: 1 });
  outbox.faults.add({ kind: 'webhook-reorder', times: 1 });
  await resend.emails.send(mailTo(IN_ORDER));
  await resend.emails.send(mailTo('suppressed@resend.dev'));
  deliver(outbox);
  await expect.poll(() => received.map(({ event }) => event.type), POLL).toEqual(['email.suppressed']);
  now = new Date('2026-11-23T12:01:00Z');
  await expect.poll(() => received.length, POLL).toBe(5);
  expect(typesFor(received, IN_ORDER)).toEqual([
    'email.delivered',
    'email.delivered',
    'email.sent',
    'email.sent',
  ]);
  expect(new Set(received.slice(1).map(({ svix_id }) => svix_id)).size).toBe(2);
});

test('the log contains no address', async () => {
  const { db } = await createTestDatabase();
  const lines: string[] = [];
  const log = openLog('debug', { write: (line) => void lines.push(line) });
  const { outbox, resend } = await startOutbox(db, { log });
  await resend.emails.send(mailTo('ann@example.net'));
  await resend.emails.send(mailTo('no address'));
  deliver(outbox);
  await expect.poll(() => lines.length, POLL).toBe(2);
  expect(lines.join('')).not.toContain('@');
});

function findAddress(isOutOfOrder: boolean): string {
  const numbers = Array.from({ length: 1000 }, (_, index) => `reader-${index}@example.net`);
  return numbers.find((address) => isDeliveredOutOfOrder(address) === isOutOfOrder) ?? '';
}

function typesFor(received: Received[], to: string) {
  return received
    .filter(({ event }) => 'to' in event.data && event.data.to.includes(to))
    .map(({ event }) => event.type);
}

function typesByTime(received: Received[]) {
  return received
    .toSorted((a, b) => a.event.created_at.localeCompare(b.event.created_at))
    .map(({ event }) => event.type);
}
