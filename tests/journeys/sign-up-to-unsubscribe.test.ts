import { expect, test } from 'vitest';
import { signSubscriber } from '../../src/links/tokens.ts';
import { signUp } from '../../src/subscribers/join/sign-up.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const EMAIL = 'delivered+newcomer@resend.dev';

async function listConfirmationPaths({ context }: TestApp) {
  const mails = await context.db.selectFrom('outbox.mails').selectAll().orderBy('sequence', 'desc').execute();
  return mails.map(
    (mail) => new URL(/http[^"\s]*\/confirm\/[\w-]+/.exec(mail.text ?? '')?.[0] ?? 'none:').pathname,
  );
}

const statusOf = async ({ context }: TestApp) =>
  (await context.db.selectFrom('subscribers').select('status').where('email', '=', EMAIL).executeTakeFirst())
    ?.status;

test('a reader signs up, confirms, pauses, unsubscribes, undoes that, and unsubscribes for good', async () => {
  const app = await createTestApp();
  expect((await app.subscribe(EMAIL, { source: '/issues' })).status).toBe(200);
  expect(await statusOf(app)).toBe('pending');
  await app.drain();
  const [path = ''] = await listConfirmationPaths(app);

  expect(await (await app.request(path)).text()).toContain('One press and you’re in');
  expect((await app.request(path, { method: 'HEAD' })).status).toBe(200);
  expect(await statusOf(app)).toBe('pending');
  const confirmed = await app.post(path);
  expect(confirmed.status).toBe(303);
  expect(await statusOf(app)).toBe('active');
  expect(await (await app.request(path)).text()).toContain('You are in');

  const { id, ...consent } = await app.context.db
    .selectFrom('subscribers')
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(consent).toMatchObject({
    consent_source: '/issues',
    consent_wording: '2026-11',
    confirmed_at: app.clock.now,
  });
  const { signSubscriber } = await import('../../src/links/tokens.ts');
  const preferences = `/preferences/${signSubscriber(app.context.linkKeys, 'preferences', id)}`;
  await app.post(preferences, { weeks: '4' });
  expect(await (await app.request(preferences)).text()).toContain('Paused until 22 December 2026');
  await app.post(preferences, { weeks: '0' });

  const leave = `/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', id)}`;
  // Anybody with a forwarded mail also has this link.
  const leaving = await (await app.request(leave)).text();
  expect(leaving).toContain('Unsubscribe d…r@r….dev?');
  expect(leaving).not.toContain(EMAIL);
  expect(await statusOf(app)).toBe('active');
  expect((await app.post(leave)).status).toBe(200);
  expect(await statusOf(app)).toBe('unsubscribed');
  await app.post(`${leave}/undo`);
  expect(await statusOf(app)).toBe('active');
  await app.post(leave);
  expect(await (await app.request(path)).text()).toContain('This link no longer works');
  await app.post(path);
  expect(await statusOf(app)).toBe('unsubscribed');
});

test.each([
  ['no body', undefined, undefined],
  ['the body of RFC 8058', 'List-Unsubscribe=One-Click', 'application/x-www-form-urlencoded'],
  [
    'a multipart body',
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    'multipart/form-data; boundary=x',
  ],
])(
  'a mail client unsubscribes with %s, without Origin and cookies, and gets 200 at once',
  async (_, body, type) => {
    const app = await createTestApp();
    await app.subscribe(EMAIL);
    const { signSubscriber } = await import('../../src/links/tokens.ts');
    const path = `/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', 1)}`;
    const answer = await app.request(path, {
      method: 'POST',
      ...(body ? { body } : {}),
      ...(type ? { headers: { 'Content-Type': type } } : {}),
    });
    expect(answer.status).toBe(200);
    expect(await statusOf(app)).toBe('unsubscribed');
  },
);

test('signing up twice sends one confirmation; signing up again later sends another', async () => {
  const app = await createTestApp();
  await app.subscribe(EMAIL);
  await app.subscribe(EMAIL.toUpperCase());
  await app.drain();
  expect(await listConfirmationPaths(app)).toHaveLength(1);
  app.clock.now = new Date(app.clock.now.getTime() + 10 * 60_000);
  await app.subscribe(EMAIL);
  await app.drain();
  expect(await listConfirmationPaths(app)).toHaveLength(2);
});

test('whoever confirmed and left may sign up again at once', async () => {
  const app = await createTestApp();
  await app.subscribe(EMAIL);
  await app.drain();
  const { id } = await app.context.db.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
  app.clock.now = new Date(app.clock.now.getTime() + 20_000);
  await app.post(`/confirm/${signSubscriber(app.context.linkKeys, 'confirm', id)}`);
  await app.post(`/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', id)}`);
  app.clock.now = new Date(app.clock.now.getTime() + 20_000);
  await app.subscribe(EMAIL);
  await app.drain();
  expect(await listConfirmationPaths(app)).toHaveLength(2);
});

test('known, new and suppressed addresses get the same response; only an invalid address gets an error', async () => {
  const app = await createTestApp();
  const answers = [];
  for (const email of [EMAIL, EMAIL, 'delivered+other@resend.dev']) {
    answers.push((await (await app.subscribe(email)).text()).replaceAll(email, EMAIL));
  }
  await app.context.db
    .updateTable('subscribers')
    .set({ status: 'suppressed', suppressed_at: app.clock.now, suppressed_reason: 'complained' })
    .execute();
  answers.push(await (await app.subscribe(EMAIL)).text());
  expect(new Set(answers).size).toBe(1);
  expect(await statusOf(app)).toBe('suppressed');
  const wrong = await app.subscribe('nobody');
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain('There is no @ in that address.');
});

test('undo does not reactivate a reader after a long time, or one who has not confirmed again', async () => {
  const app = await createTestApp();
  await app.subscribe(EMAIL);
  await app.drain();
  const [path = ''] = await listConfirmationPaths(app);
  await app.post(path);
  const { signSubscriber } = await import('../../src/links/tokens.ts');
  const leave = `/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', 1)}`;
  await app.post(leave);
  app.clock.now = new Date(app.clock.now.getTime() + 400 * 86_400_000);
  const late = await app.post(`${leave}/undo`);
  expect(late.status).toBe(200);
  expect(await late.text()).not.toContain('/preferences/');
  await app.subscribe(EMAIL);
  await app.post(leave);
  await app.post(`${leave}/undo`);
  expect(await statusOf(app)).toBe('unsubscribed');
});

test('repeated sign-ups send confirmation mails at growing intervals', async () => {
  const app = await createTestApp();
  const sentAt: number[] = [];
  const started = app.clock.now.getTime();
  for (let minute = 0; minute <= 60 * 48; minute += 4) {
    app.clock.now = new Date(started + minute * 60_000);
    const before = await requestedAt(app);
    await signUp(app.context, { email: EMAIL, page: '/', form: 'site', wording: 'test', source: undefined });
    if ((await requestedAt(app)) !== before) {
      sentAt.push(minute);
    }
  }
  expect(sentAt).toEqual([0, 8, 68, 68 + 24 * 60]);
}, 60_000);

async function requestedAt(app: TestApp): Promise<number | undefined> {
  const row = await app.context.db.selectFrom('subscribers').select('requested_at').executeTakeFirst();
  return row?.requested_at.getTime();
}
