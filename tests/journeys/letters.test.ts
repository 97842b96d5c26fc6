import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { goodbye } from '../../emails/goodbye.tsx';
import { imprintOf } from '../../src/issues/render/render-letter.tsx';
import { submitLetter } from '../../src/sending/letters/submit-letter.ts';
import { enqueue } from '../../src/queue/queue.ts';
import { suppressSubscriber } from '../../src/subscribers/leave/suppress.ts';
import { isOwedDigest, oweDigest } from '../../src/subscribers/preferences/digest-recipients.ts';
import { sendConfirmationJob } from '../../jobs/letters/send-confirmation.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { sendDigestCopyJob, sendDigestJob } from '../../jobs/letters/send-digest.ts';
import { tick } from '../../jobs/run/timetable.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { lookAfterReadersJob } from '../../jobs/readers/look-after-readers.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { holdIssue } from '../../src/issues/decide/hold.ts';
import { moveSendTime } from '../../src/issues/decide/move-send-time.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { addSubscriber } from '../../src/subscribers/join/add.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { publishAgain } from '../support/publish-again.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const EMAIL = 'delivered+ann@resend.dev';
const DAY_MS = 86_400_000;

interface SentMail {
  to: string[];
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
}

/** All mails sent so far, the newest last. */
async function listMails({ context }: TestApp): Promise<SentMail[]> {
  const rows = await context.db.selectFrom('outbox.mails').selectAll().orderBy('sequence').execute();
  return rows.map(({ to_addresses, subject, html, text, headers }) => ({
    to: to_addresses,
    subject,
    html: html ?? '',
    text: text ?? '',
    headers,
  }));
}

async function signUp(app: TestApp): Promise<string> {
  await app.subscribe(EMAIL);
  await app.drain();
  return pathIn((await listMails(app)).at(-1), 'confirm');
}

function pathIn(mail: SentMail | undefined, folder: string): string {
  return new RegExp(`http://[^/\\s]+(/${folder}/[\\w-]{33})`).exec(mail?.text ?? '')?.[1] ?? '';
}

/** Advances the clock by some days, and then ticks the timetable once. */
async function passDays(app: TestApp, days: number): Promise<void> {
  app.clock.now = new Date(app.clock.now.getTime() + days * DAY_MS);
  await tick(app.context);
  await app.drain();
}

const subjectsOf = async (app: TestApp) => (await listMails(app)).map(({ subject }) => subject);

test('the welcome mail and the preferences name the day of the next issue, or no day if it is uncertain', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const preferences = async () =>
    (await app.request(`/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}`)).text();
  const welcome = async (index: number) => {
    await app.subscribe(`delivered+w${index}@resend.dev`);
    await app.drain();
    await app.post(pathIn((await listMails(app)).at(-1), 'confirm'));
    await app.drain();
    return (await listMails(app)).at(-1)?.text.replaceAll(/\s+/g, ' ');
  };
  // This week's issue goes out on the first day of the week.
  app.clock.now = new Date('2026-11-30T08:00:00Z');
  await publishAgain(app);
  await draftIssue(context, '2026-W49');
  await approveIssue(context, '2026-W49', 'test', { despite: 'a test' });
  await prepareIssue(context, '2026-W49');
  await app.drain();
  expect(await welcome(1)).toContain('arrives on Tuesday, 8 December 2026');
  await publishAgain(app);
  await draftIssue(context, '2026-W50');
  await moveSendTime(context, '2026-W50', '2026-12-10 10:00');
  expect(await welcome(2)).toContain('arrives on Thursday, 10 December 2026');
  expect(await preferences()).toContain('next on Thursday 10 December 2026, 10:00 (UTC)');
  await holdIssue(context, '2026-W50', 'a test');
  const undated = await welcome(3);
  expect(undated).toContain('A new issue comes every week. Each has');
  expect(undated).not.toContain('December 2026');
  expect(await preferences()).toContain('As soon as an issue is out.');
});

test('a confirmed reader gets one welcome mail, with the last issue and an unsubscribe link', async () => {
  const app = await createSentIssue(1);
  const before = (await listMails(app)).length;
  const confirm = await signUp(app);
  await app.post(confirm);
  await app.post(confirm);
  await app.drain();
  const mails = (await listMails(app)).slice(before);
  expect(mails.map(({ subject }) => subject)).toEqual([
    'Please confirm: Weekly AI Tool Verdicts',
    'You’re in: Weekly AI Tool Verdicts',
  ]);
  const welcome = mails[1]!;
  expect(welcome.text).toContain('Tuesday, 1 December 2026');
  expect(welcome.text).toContain('Harborlight vs Quillbench');
  expect(welcome.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
  const leave = pathIn(welcome, 'unsubscribe');
  expect(welcome.headers['List-Unsubscribe']).toContain(leave);
  expect((await app.post(leave)).status).toBe(200);
});

test('an unconfirmed sign-up gets one reminder after two days, and never another', async () => {
  const app = await createTestApp();
  await signUp(app);
  await passDays(app, 1);
  expect(await subjectsOf(app)).toHaveLength(1);
  await passDays(app, 1.1);
  for (let week = 0; week < 4; week++) {
    await passDays(app, 7);
  }
  expect((await subjectsOf(app)).slice(1)).toEqual(['Still waiting for your yes: Weekly AI Tool Verdicts']);
  const reminder = (await listMails(app))[1]!;
  expect(reminder.text).toContain('On 24 November 2026');
  await app.post(pathIn(reminder, 'confirm'));
  expect((await app.context.db.selectFrom('subscribers').select('status').executeTakeFirst())?.status).toBe(
    'active',
  );
});

test('unconfirmed sign-ups are deleted after a month; a reader who had left before is kept', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  const at = (day: string) => new Date(`2026-${day}T12:00:00Z`);
  const row = (name: string, requested: string, more: object = {}) => ({
    email: `delivered+${name}@resend.dev`,
    status: 'pending' as const,
    consent_source: '/',
    requested_at: at(requested),
    ...more,
  });
  await db
    .insertInto('subscribers')
    .values([
      row('old', '10-20', { reminded_at: at('10-22') }),
      row('unreminded', '10-20'),
      row('reminded-late', '10-20', { reminded_at: at('11-01') }),
      row('new', '11-20'),
      row('back', '10-20', { unsubscribed_at: at('09-01') }),
      row('active', '10-20', { status: 'active', confirmed_at: at('10-21') }),
    ])
    .execute();
  const path = `/confirm/${signSubscriber(app.context.linkKeys, 'confirm', 1)}`;
  expect(await (await app.request(path)).text()).toContain('One press and you’re in');
  await lookAfterReadersJob(app.context);
  const kept = await db.selectFrom('subscribers').select('email').orderBy('id').execute();
  expect(kept.map(({ email }) => /\+(.*)@/.exec(email)?.[1])).toEqual([
    'reminded-late',
    'new',
    'back',
    'active',
  ]);
  const page = await app.request(path);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('sign up again')]);
  expect((await app.post(path)).status).toBe(303);
});

test('a confirmed reader gets no reminder', async () => {
  const app = await createTestApp();
  const confirm = await signUp(app);
  await app.post(confirm);
  await app.drain();
  const before = (await subjectsOf(app)).length;
  await passDays(app, 3);
  expect(await subjectsOf(app)).toHaveLength(before);
});

test('an address change is confirmed at the new address first; then mail goes there, and the old address is notified', async () => {
  const app = await createSentIssue(2);
  const { context } = app;
  const preferences = `/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}`;
  const { email: old } = await context.db
    .selectFrom('subscribers')
    .select('email')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  const emailOf = async () =>
    (await context.db.selectFrom('subscribers').select('email').where('id', '=', 1).executeTakeFirst())
      ?.email;

  const wrong = await app.post(`${preferences}/address`, { email: 'nonsense' });
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain('There is no @ in that address.');
  expect((await app.post(`${preferences}/address`, { email: EMAIL })).status).toBe(200);
  await app.drain();
  const asked = (await listMails(app)).at(-1)!;
  expect(asked.to).toEqual([EMAIL]);
  expect(asked.text).not.toContain(old);
  const path = pathIn(asked, 'address');
  expect(await (await app.request(path)).text()).toContain('Yes, send it to this address');
  expect(await emailOf()).toBe(old);

  expect((await app.post(path)).status).toBe(303);
  await app.drain();
  expect(await emailOf()).toBe(EMAIL);
  expect(await (await app.request(path)).text()).toContain('Moved');
  const notification = (await listMails(app)).at(-1)!;
  expect(notification.to).toEqual([old]);
  expect(notification.subject).toBe('Your address was changed: Weekly AI Tool Verdicts');
  await app.post(path);
  await app.drain();
  expect((await listMails(app)).at(-1)).toEqual(notification);
  // The old address is deleted once it has been notified.
  expect(await context.db.selectFrom('address_changes').select('replaced').execute()).toEqual([
    { replaced: null },
  ]);
});

test('a confirmation link works only for the address that it was sent to, and does not reveal another', async () => {
  const app = await createTestApp();
  const { context } = app;
  const old = await signUp(app);
  await app.post(old);
  const path = (purpose: 'preferences' | 'unsubscribe') =>
    `/${purpose}/${signSubscriber(context.linkKeys, purpose, 1)}`;
  await app.post(`${path('preferences')}/address`, { email: 'delivered+moved@resend.dev' });
  await app.drain();
  await app.post(pathIn((await listMails(app)).at(-1), 'address'));
  await app.drain();
  const moved = await (await app.request(old)).text();
  expect(moved).toContain('has moved to another address');
  expect(moved).not.toContain('delivered+moved');
  await app.post(path('unsubscribe'));
  app.clock.now = new Date(app.clock.now.getTime() + DAY_MS);
  await app.subscribe('delivered+moved@resend.dev');
  await app.drain();
  const statusOf = async () =>
    (await context.db.selectFrom('subscribers').select('status').executeTakeFirstOrThrow()).status;
  await app.post(old);
  expect(await statusOf()).toBe('pending');
  const asked = pathIn((await listMails(app)).at(-1), 'confirm');
  expect(await (await app.request(asked)).text()).toContain('delivered+moved@resend.dev');
  await app.post(asked);
  expect(await statusOf()).toBe('active');
});

test('a reader who comes back gets what the form says: every issue, the whole of it, at once', async () => {
  const app = await createTestApp();
  const { context } = app;
  await app.post(await signUp(app));
  await context.db
    .updateTable('subscribers')
    .set({ frequency: 'monthly', categories: ['Data'], always_lead: false, morning_zone: 'Asia/Tokyo' })
    .execute();
  await app.post(`/unsubscribe/${signSubscriber(context.linkKeys, 'unsubscribe', 1)}`);
  await app.post(await signUp(app));
  expect(
    await context.db
      .selectFrom('subscribers')
      .select(['status', 'frequency', 'categories', 'always_lead', 'morning_zone'])
      .execute(),
  ).toEqual([
    { status: 'active', frequency: 'weekly', categories: [], always_lead: true, morning_zone: null },
  ]);
});

test('a reader can move to an address that was erased, just as it can be signed up again', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedReaders(context.db, 2);
  const path = (purpose: 'preferences', id: number) =>
    `/${purpose}/${signSubscriber(context.linkKeys, purpose, id)}`;
  await app.post(`${path('preferences', 1)}/erase`);
  await app.post(`${path('preferences', 2)}/address`, { email: 'delivered+1@resend.dev' });
  await app.drain();
  await app.post(pathIn((await listMails(app)).at(-1), 'address'));
  expect(await context.db.selectFrom('subscribers').select('email').execute()).toEqual([
    { email: 'delivered+1@resend.dev' },
  ]);
});

test('staff are told of a confirmation that is given up, and the reader may ask again at once', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  await app.subscribe(EMAIL);
  clock.now = new Date(clock.now.getTime() + DAY_MS);
  await app.drain();
  expect(await listMails(app)).toEqual([]);
  const notices = await context.db.selectFrom('staff_notices').select('subject_key').execute();
  expect(notices).toEqual([{ subject_key: 'lost confirmation 2026-11-25' }]);
  expect(await context.db.selectFrom('subscribers').select('asked_times').execute()).toEqual([
    { asked_times: 0 },
  ]);
  await app.subscribe(EMAIL);
  await app.drain();
  expect(await subjectsOf(app)).toEqual(['Please confirm: Weekly AI Tool Verdicts']);
});

test('a letter that an earlier release submitted with other contents is not considered lost', async () => {
  const app = await createTestApp();
  await seedReaders(app.context.db, 1);
  const submit = (kind: string) =>
    submitLetter(app.context, {
      letter: goodbye({ sign_up_url: '', archive_url: '', imprint: imprintOf(app.context.config) }),
      to: 'delivered+1@resend.dev',
      key: 'one key',
      requested_at: app.clock.now,
      about: { kind, tag: 'reader', id: 1 },
    });
  expect(await submit('goodbye')).toEqual({ kind: 'submitted' });
  expect(await submit('other')).toEqual({ kind: 'submitted' });
  expect(await listMails(app)).toHaveLength(1);
});

test('an inactive reader who unsubscribes before the goodbye mail does not get it, and may come back', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedReaders(context.db, 1);
  await context.db.transaction().execute(async (tx) => {
    await suppressSubscriber(tx, 1, 'inactive', app.clock.now);
    const at = app.clock.now.toISOString();
    await enqueue(context.boss, tx, 'send-letter', [
      { key: 'goodbye 1', data: { kind: 'goodbye', id: 1, at } },
    ]);
  });
  await app.post(`/unsubscribe/${signSubscriber(context.linkKeys, 'unsubscribe', 1)}`);
  await app.drain();
  expect(await listMails(app)).toEqual([]);
  expect(
    await context.db.selectFrom('subscribers').select(['status', 'suppressed_reason']).execute(),
  ).toEqual([{ status: 'unsubscribed', suppressed_reason: null }]);
});

test('a confirmation that is sent late also answers a request made in the meantime', async () => {
  const app = await createTestApp();
  await app.subscribe(EMAIL);
  app.clock.now = new Date(app.clock.now.getTime() + 10 * 60_000);
  await app.subscribe(EMAIL);
  await app.drain();
  expect(await subjectsOf(app)).toHaveLength(1);
  expect(await app.context.db.selectFrom('subscribers').select('confirmation_sent_at').execute()).toEqual([
    { confirmation_sent_at: app.clock.now },
  ]);
});

test('everybody who has not confirmed is reminded, however many signed up on the same day', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  await seedReaders(db, 1_200);
  await db
    .updateTable('subscribers')
    .set({
      status: 'pending',
      confirmed_at: null,
      requested_at: new Date(app.clock.now.getTime() - 3 * DAY_MS),
    })
    .execute();
  await lookAfterReadersJob(app.context);
  const waiting = db.selectFrom('subscribers').select('id').where('reminded_at', 'is', null);
  expect(await waiting.execute()).toEqual([]);
});

test('a digest that was lost is owed again, but none of an earlier month', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  await seedReaders(db, 1);
  await db
    .updateTable('subscribers')
    .set({ frequency: 'monthly', digest_month: '2026-11', digest_order: '2026-11-2' })
    .execute();
  const lose = (order: string) =>
    db.transaction().execute((tx) => oweDigest(tx, 1, '2026-11', order, app.clock.now));
  const owed = async (month: string) =>
    (
      await db
        .selectFrom('subscribers')
        .select('id')
        .where(isOwedDigest(month, app.clock.now, 'UTC'))
        .execute()
    ).length;
  // It was sent again since.
  await lose('2026-11-1');
  expect(await owed('2026-11')).toBe(0);
  await lose('2026-11-2');
  expect([await owed('2026-11'), await owed('2026-10')]).toEqual([1, 0]);
});

test('a letter whose sender Resend refuses waits until that is fixed', async () => {
  const app = await createTestApp();
  const { context } = app;
  await app.subscribe(EMAIL);
  const broken = { ...context, config: { ...context.config, mailFrom: 'nobody' } };
  const requested_at = app.clock.now.toISOString();
  await expect(sendConfirmationJob(broken, { subscriber_id: 1, requested_at })).rejects.toThrow(RetryLater);
  await sendConfirmationJob(context, { subscriber_id: 1, requested_at });
  expect(await subjectsOf(app)).toEqual(['Please confirm: Weekly AI Tool Verdicts']);
});

test('an address that is taken or requested too often gets no mail, and the response is the same', async () => {
  const app = await createSentIssue(2);
  const preferences = `/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 1)}`;
  const { email: taken } = await app.context.db
    .selectFrom('subscribers')
    .select('email')
    .where('id', '=', 2)
    .executeTakeFirstOrThrow();
  const before = (await listMails(app)).length;
  // Readers know their own address, and asking for it does not count as a request.
  const own = await app.post(`${preferences}/address`, { email: 'Delivered+1@resend.dev' });
  expect([own.status, await own.text()]).toEqual([400, expect.stringContaining('already goes')]);
  const first = await app.post(`${preferences}/address`, { email: taken });
  const free = await app.post(`${preferences}/address`, { email: EMAIL });
  expect((await first.text()).replace(taken, EMAIL)).toBe(await free.text());
  await app.drain();
  expect(await listMails(app)).toHaveLength(before + 1);
  // A request for a taken address counts as one of the three a day, too.
  await app.post(`${preferences}/address`, { email: EMAIL });
  const tooMany = await app.post(`${preferences}/address`, { email: EMAIL });
  expect([tooMany.status, await tooMany.text()]).toEqual([
    409,
    expect.stringContaining('too many times today'),
  ]);
  await app.drain();
  expect(await listMails(app)).toHaveLength(before + 2);
  // Other readers cannot flood the address either.
  await app.post(`/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 2)}/address`, {
    email: EMAIL,
  });
  await app.drain();
  expect(await listMails(app)).toHaveLength(before + 2);
});

test('an address change link is valid for seven days, and not after the reader has left', async () => {
  for (const isExpired of [true, false]) {
    const app = await createSentIssue(1);
    await app.post(`/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 1)}/address`, {
      email: EMAIL,
    });
    await app.drain();
    const path = pathIn((await listMails(app)).at(-1), 'address');
    if (isExpired) {
      app.clock.now = new Date(app.clock.now.getTime() + 8 * DAY_MS);
    } else {
      await app.post(`/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', 1)}`);
    }
    expect(await (await app.request(path)).text()).toContain('This link no longer works');
    await app.post(path);
    expect(
      (await app.context.db.selectFrom('subscribers').select('email').executeTakeFirst())?.email,
    ).not.toBe(EMAIL);
  }
});

test('an inactive reader is asked once, stays with one click, or gets a goodbye and can subscribe again', async () => {
  const app = await createSentIssue(2, 'unknown', { SUNSET_ISSUES: '1', SUNSET_LAST_ISSUES: '1' });
  const { db } = app.context;
  await db
    .updateTable('subscribers')
    .set({ confirmed_at: new Date(app.clock.now.getTime() - 300 * DAY_MS) })
    .execute();
  const before = (await listMails(app)).length;
  await tick(app.context);
  await app.drain();
  const asked = (await listMails(app)).slice(before);
  expect(asked.map(({ subject }) => subject)).toEqual(
    Array.from({ length: 2 }, () => 'Do you still want Weekly AI Tool Verdicts?'),
  );
  const stay = pathIn(asked[0], 'stay');
  expect(await (await app.request(stay)).text()).toContain('Yes, keep it coming');
  expect((await app.post(stay)).status).toBe(303);
  expect(await (await app.request(stay)).text()).toContain('It keeps coming');

  // One more issue that the other reader does not open either.
  const nextWeek = new Date(app.clock.now.getTime() + 7 * DAY_MS);
  await db.updateTable('issues').set({ prepared_at: nextWeek, sent_at: nextWeek }).execute();
  await db.updateTable('deliveries').set({ submitted_at: nextWeek }).execute();
  await passDays(app, 8);
  expect((await listMails(app)).filter(({ subject }) => subject.startsWith('Goodbye'))).toEqual([]);
  await passDays(app, 6);
  const last = (await listMails(app)).filter(({ subject }) => subject.startsWith('Goodbye'));
  expect(last).toHaveLength(1);
  expect(last[0]?.to).toEqual(asked[1]?.to);
  const statuses = await db
    .selectFrom('subscribers')
    .select(['id', 'status', 'suppressed_reason'])
    .orderBy('id')
    .execute();
  expect(
    statuses.map(({ status, suppressed_reason }) => `${status} ${suppressed_reason}`).toSorted(),
  ).toEqual(['active null', 'suppressed inactive']);
  await app.subscribe(asked[1]!.to[0]!);
  await app.drain();
  await app.post(pathIn((await listMails(app)).at(-1), 'confirm'));
  expect(
    await db.selectFrom('subscribers').select('status').where('suppressed_reason', 'is not', null).execute(),
  ).toEqual([]);
});

test('staff get a mail with figures and a studio link when a draft is ready and when it has been sent', async () => {
  const app = await createTestApp({ STAFF_EMAILS: 'delivered+staff@resend.dev' }, '2026-11-23T05:59:00Z');
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 3);
  const at = async (time: string) => {
    app.clock.now = new Date(time);
    await tick(app.context);
    await app.drain();
  };
  await at('2026-11-23T06:00:30Z');
  const [draft] = await listMails(app);
  expect(draft).toMatchObject({
    to: ['delivered+staff@resend.dev'],
    subject: '[Weekly Verdicts] Draft ready: issue 1',
  });
  expect(draft?.text).toContain('Lead: Harborlight vs Quillbench');
  expect(draft?.text).toContain(`/studio/issues/${WEEK}`);
  await at('2026-11-24T14:00:30Z');
  const sent = (await listMails(app)).at(-1)!;
  expect(sent.subject).toBe('[Weekly Verdicts] Finished: issue 1');
  expect(sent.text).toContain('Submitted: 3');
});

test('other staff notices are mailed too', async () => {
  const app = await createTestApp({ STAFF_EMAILS: 'delivered+staff@resend.dev' });
  await app.context.db.transaction().execute((tx) =>
    notifyStaff(app.context, tx, 'held', {
      title: 'Held: issue of 2026-W48',
      message: 'The issue of 2026-W48 is held. It has 61 kB.\nsubject: has 12 characters; lengthen it',
      week: WEEK,
    }),
  );
  await app.drain();
  const [mail] = await listMails(app);
  expect(mail?.subject).toBe('[Weekly Verdicts] Held: issue of 2026-W48');
  expect(mail?.html).toContain('subject: has 12 characters; lengthen it');
});

test.each([
  ['email.bounced', { bounce: { type: 'Permanent', subType: 'General' } }, 'bounced'],
  ['email.complained', {}, 'complained'],
] as const)('an %s event for a letter suppresses its reader, as for an issue', async (type, more, reason) => {
  const app = await createTestApp();
  const confirm = await signUp(app);
  await app.post(confirm);
  await app.drain();
  const { tags } = await app.context.db
    .selectFrom('outbox.mails')
    .select('tags')
    .orderBy('sequence', 'desc')
    .executeTakeFirstOrThrow();
  const event = (sender: string) =>
    applyEvent(app.context, 'msg_1', {
      type,
      created_at: app.clock.now,
      data: {
        tags: { ...Object.fromEntries(tags.map(({ name, value }) => [name, value])), sender },
        ...more,
      },
    });
  const statuses = () =>
    app.context.db.selectFrom('subscribers').select(['status', 'suppressed_reason']).executeTakeFirst();
  await event('another-installation');
  expect(await statuses()).toEqual({ status: 'active', suppressed_reason: null });
  await event(app.context.installation.id);
  expect(await statuses()).toEqual({ status: 'suppressed', suppressed_reason: reason });
});

test('a bounce of a reader’s old address does not suppress them at the new one; a complaint does', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  app.clock.now = new Date(app.clock.now.getTime() + DAY_MS);
  await app.post(`/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}/address`, {
    email: EMAIL,
  });
  await app.drain();
  await app.post(pathIn((await listMails(app)).at(-1), 'address'));
  const { id } = await context.db.selectFrom('deliveries').select('id').executeTakeFirstOrThrow();
  const report = (svixId: string, type: string) =>
    applyEvent(context, svixId, {
      type,
      created_at: app.clock.now,
      data: {
        tags: { sender: context.installation.id, delivery: String(id), round: '1' },
        bounce: { type: 'Permanent', subType: 'General' },
      },
    });
  const status = async () =>
    (await context.db.selectFrom('subscribers').select('status').executeTakeFirst())?.status;
  await report('msg_1', 'email.bounced');
  expect(await status()).toBe('active');
  await report('msg_2', 'email.complained');
  expect(await status()).toBe('suppressed');
});

test('a reader who prefers one mail a month gets no issue, but the month’s digest, once', async () => {
  const app = await createTestApp({}, '2026-11-23T06:00:30Z');
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 3);
  const preferences = `/preferences/${signSubscriber(context.linkKeys, 'preferences', 2)}`;
  expect((await app.post(preferences, { frequency: 'monthly' })).status).toBe(303);
  expect(await (await app.request(preferences)).text()).toContain('once a month');
  await app.post(preferences, { frequency: 'hourly' });
  const at = async (time: string) => {
    app.clock.now = new Date(time);
    await tick(context);
    await app.drain();
  };
  await at('2026-11-23T06:01:00Z');
  await at('2026-11-24T14:00:30Z');
  const addressOf = async (id: number) =>
    (await context.db.selectFrom('subscribers').select('email').where('id', '=', id).executeTakeFirst())
      ?.email;
  expect(new Set((await listMails(app)).map(({ to: [address] }) => address))).toEqual(
    new Set([await addressOf(1), await addressOf(3)]),
  );
  await at('2026-12-02T13:59:00Z');
  expect(await listMails(app)).toHaveLength(2);
  await at('2026-12-02T14:00:30Z');
  // Simulates a crash before the job was marked completed.
  await sendDigestJob(context, { month: '2026-11' });
  await app.drain();
  const digests = (await listMails(app)).slice(2);
  expect(digests.map(({ to: [address] }) => address)).toEqual([await addressOf(2)]);
  expect(digests[0]?.subject).toBe('November in verdicts: Harborlight');
  expect(digests[0]?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
  expect((await app.post(pathIn(digests[0], 'unsubscribe'))).status).toBe(200);
  await at('2027-01-02T14:00:30Z');
  expect(await listMails(app)).toHaveLength(3);
});

test('a reader who changes to one mail a month while an issue waits is skipped, with the reason', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 2);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  await app.post(`/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}`, {
    frequency: 'monthly',
  });
  await app.drain();
  const deliveries = await context.db
    .selectFrom('deliveries')
    .select(['status', 'reason'])
    .orderBy('subscriber_id')
    .execute();
  expect(deliveries).toEqual([
    { status: 'skipped', reason: 'prefers the digest' },
    { status: 'submitted', reason: null },
  ]);
});

async function requestAddressChange(app: TestApp, reader: number, email: string): Promise<string> {
  const { linkKeys } = app.context;
  await app.post(`/preferences/${signSubscriber(linkKeys, 'preferences', reader)}/address`, { email });
  await app.drain();
  return pathIn((await listMails(app)).at(-1), 'address');
}

const statusOf = async (app: TestApp, id: number) => {
  const row = await app.context.db
    .selectFrom('subscribers')
    .select(['email', 'status'])
    .where('id', '=', id)
    .executeTakeFirst();
  return `${row?.status} ${row?.email}`;
};

test('a change to an address that was taken meanwhile is not made, and nothing is written', async () => {
  const app = await createSentIssue(1);
  const path = await requestAddressChange(app, 1, EMAIL);
  await app.subscribe(EMAIL);
  const answer = await app.post(path);
  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain('has been signed up in the meantime');
  expect(await statusOf(app, 1)).not.toContain(EMAIL);
  expect(await (await app.request(path)).text()).not.toContain('Moved');
  expect(
    await app.context.db.selectFrom('address_changes').select(['confirmed_at', 'replaced']).execute(),
  ).toEqual([{ confirmed_at: null, replaced: null }]);
});

test('if a reader confirms two address changes at once, one is made, and its link says so', async () => {
  for (let round = 0; round < 5; round++) {
    const app = await createSentIssue(1);
    const paths = [
      await requestAddressChange(app, 1, 'delivered+one@resend.dev'),
      await requestAddressChange(app, 1, 'delivered+two@resend.dev'),
    ];
    const answers = await Promise.all(paths.map((path) => app.post(path)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    await app.drain();
    expect((await listMails(app)).filter(({ subject }) => subject.includes('was changed'))).toHaveLength(1);
    const pages = await Promise.all(paths.map(async (path) => (await app.request(path)).text()));
    const made = pages.findIndex((page) => page.includes('The next issue comes to'));
    expect(await statusOf(app, 1)).toBe(`active delivered+${['one', 'two'][made]}@resend.dev`);
    expect(pages[1 - made]).toContain('Nothing was changed');
  }
});

test('a complaint from the old address suppresses the reader, and the old address cannot sign up again', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const [, old = ''] = (await statusOf(app, 1)).split(' ');
  app.clock.now = new Date(app.clock.now.getTime() + DAY_MS);
  await app.post(await requestAddressChange(app, 1, EMAIL));
  await app.drain();
  const { id } = await context.db.selectFrom('deliveries').select('id').executeTakeFirstOrThrow();
  await applyEvent(context, 'msg_1', {
    type: 'email.complained',
    created_at: app.clock.now,
    data: { tags: { sender: context.installation.id, delivery: String(id), round: '1' } },
  });
  expect(await statusOf(app, 1)).toBe(`suppressed ${EMAIL}`);
  const before = (await listMails(app)).length;
  await app.subscribe(old);
  await app.drain();
  expect(await listMails(app)).toHaveLength(before);
});

test('events for address change mails suppress only the address that the mail went to', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const report = async (svixId: string, type: string, tag: string) =>
    applyEvent(context, svixId, {
      type,
      created_at: app.clock.now,
      data: {
        tags: { sender: context.installation.id, [tag]: '1', moves: '0' },
        bounce: { type: 'Permanent', subType: 'General' },
      },
    });
  const path = await requestAddressChange(app, 1, EMAIL);
  await report('msg_1', 'email.complained', 'change');
  await app.post(path);
  expect(await statusOf(app, 1)).not.toContain(EMAIL);
  expect(await statusOf(app, 1)).toMatch(/^active/);

  const other = await createSentIssue(1);
  await other.post(await requestAddressChange(other, 1, EMAIL));
  await other.drain();
  // A late bounce of a letter to the old address.
  await applyEvent(other.context, 'msg_2', {
    type: 'email.bounced',
    created_at: other.clock.now,
    data: {
      tags: { sender: other.context.installation.id, reader: '1', moves: '0' },
      bounce: { type: 'Permanent', subType: 'General' },
    },
  });
  expect(await statusOf(other, 1)).toBe(`active ${EMAIL}`);
});

test('leaving and signing up repeatedly causes no flood of mails, and an import does not revive a suppressed reader', async () => {
  const app = await createTestApp();
  const confirm = await signUp(app);
  await app.post(confirm);
  await app.drain();
  const leave = `/unsubscribe/${signSubscriber(app.context.linkKeys, 'unsubscribe', 1)}`;
  const before = (await listMails(app)).length;
  for (let round = 0; round < 5; round++) {
    await app.post(leave);
    await app.subscribe(EMAIL);
    await app.drain();
  }
  expect((await listMails(app)).length - before).toBe(0);

  await app.context.db
    .updateTable('subscribers')
    .set({
      status: 'suppressed',
      suppressed_reason: 'inactive',
      suppressed_at: app.clock.now,
      unsubscribed_at: null,
    })
    .execute();
  app.clock.now = new Date(app.clock.now.getTime() + 30 * DAY_MS);
  await app.subscribe(EMAIL);
  expect(await statusOf(app, 1)).toBe(`pending ${EMAIL}`);
  await expect(
    addSubscriber(
      app.context.db,
      { email: EMAIL, consent_source: 'list', confirmed_at: app.clock.now },
      app.clock.now,
    ),
  ).rejects.toThrow('only they can subscribe again');
});

test('paused readers get neither the inactivity question nor a digest', async () => {
  const app = await createSentIssue(1, 'unknown', { SUNSET_ISSUES: '1' });
  const { context } = app;
  const paused_until = new Date(app.clock.now.getTime() + 60 * DAY_MS);
  await context.db
    .updateTable('subscribers')
    .set({
      confirmed_at: new Date(app.clock.now.getTime() - 300 * DAY_MS),
      paused_until,
      frequency: 'monthly',
    })
    .execute();
  const before = (await listMails(app)).length;
  await passDays(app, 0.01);
  await sendDigestCopyJob(context, { month: '2026-11', subscriber_id: 1, at: app.clock.now.toISOString() });
  expect(await listMails(app)).toHaveLength(before);
});

test('a copy of the digest that is given up is reported, and sent again on the command line', async () => {
  const app = await createSentIssue(2);
  const { context } = app;
  await context.db.updateTable('subscribers').set({ frequency: 'monthly' }).where('id', '=', 1).execute();
  const before = (await listMails(app)).length;
  // A month that is over by the command line's clock as well.
  const month = '2026-10';
  await context.db.updateTable('subscribers').set({ digest_month: month }).where('id', '=', 1).execute();
  await context.db.updateTable('issues').set({ digest_month: month }).execute();
  const at = new Date(app.clock.now.getTime() - DAY_MS).toISOString();
  await sendDigestCopyJob(context, { month, subscriber_id: 1, at });
  const notices = await context.db.selectFrom('staff_notices').select('message').execute();
  expect(notices).toContainEqual({
    message: expect.stringContaining('`verdicts issue digest 2026-10 --send` sends it'),
  });
  const again = ['issue', 'digest', month, '--send'];
  const settings = { DATABASE_URL: app.databaseUrl };
  expect((await runCommand(again, settings)).stderr).toContain('to 1 reader who has not got it. Add --yes');
  expect((await runCommand([...again, '--yes'], settings)).code).toBe(0);
  await app.drain();
  expect(await listMails(app)).toHaveLength(before + 1);
  expect((await runCommand([...again, '--yes', '--json'], settings)).stdout).toContain('"readers":0');
});

test('the digest of a month that is not over is not sent: its readers would miss the rest', async () => {
  const app = await createSentIssue(1);
  const month = Temporal.Now.plainDateISO('UTC').toPlainYearMonth().toString();
  await app.context.db.updateTable('issues').set({ digest_month: month }).execute();
  const sent = await runCommand(['issue', 'digest', month, '--send', '--yes'], {
    DATABASE_URL: app.databaseUrl,
  });
  expect([sent.code, sent.stderr]).toEqual([1, expect.stringContaining(`The month ${month} is not over`)]);
});

test('undoing an unsubscribe answers the question whether the reader still wants it', async () => {
  const app = await createSentIssue(1, 'unknown', { SUNSET_ISSUES: '1', SUNSET_LAST_ISSUES: '1' });
  const { db } = app.context;
  const long_ago = new Date(app.clock.now.getTime() - 300 * DAY_MS);
  await db.updateTable('subscribers').set({ confirmed_at: long_ago, engaged_at: null }).execute();
  await tick(app.context);
  await app.drain();
  const asked = (await listMails(app)).at(-1);
  expect(asked?.subject).toContain('Do you still want');
  const leave = pathIn(asked, 'unsubscribe');
  await app.post(leave);
  await app.post(`${leave}/undo`);
  expect(
    await db.selectFrom('subscribers').select(['status', 'still_asked_at', 'engaged_at']).execute(),
  ).toEqual([{ status: 'active', still_asked_at: null, engaged_at: app.clock.now }]);
});

test('a reader who signs up again after a pause has ended is not told that they are paused', async () => {
  const app = await createSentIssue(1);
  const { db } = app.context;
  for (const days of [-30, 30]) {
    app.clock.now = new Date(app.clock.now.getTime() + 2 * DAY_MS);
    const paused_until = new Date(app.clock.now.getTime() + days * DAY_MS);
    await db.updateTable('subscribers').set({ paused_until, told_at: null }).execute();
    await app.subscribe('delivered+1@resend.dev');
    await app.drain();
    const isPaused = /paused\sit/.test((await listMails(app)).at(-1)?.text ?? '');
    expect([days, isPaused]).toEqual([days, days > 0]);
  }
});
