import { expect, test } from 'vitest';
import { audited } from '../../src/audit/audit-log.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

test('a reader sees everything that is held about them, as a page and as a file, and nothing of others', async () => {
  const app = await createSentIssue(2, 'clean');
  await visitAndVote(app, app.pathOf(1));
  const about = `/preferences/${signSubscriber(app.context.linkKeys, 'preferences', 1)}/about`;
  const page = await app.request(about);
  expect(page.headers.get('cache-control')).toBe('no-store');
  const text = await page.text();
  expect(text).toContain('2026-W48');
  expect(text).toContain('ship harborlight, counted');
  expect(text).toContain('2026-W48, ship harborlight: link opened');
  expect(text).toContain('2026-W48, ship harborlight: button pressed, after a touch, a key or the pointer');
  expect(text).not.toContain('/studio/');
  expect(text).not.toContain('opened 2026');
  const file = await app.request(`${about}.json`);
  expect(file.headers.get('content-disposition')).toContain('attachment');
  expect(await file.json()).toMatchObject({
    subscriber: {
      email: 'delivered+1@resend.dev',
      consent_source: 'test',
      consent_sources: [],
      past_consents: [],
      origins: [],
    },
    votes: [{ week: '2026-W48', tool_slug: 'harborlight', choice: 'ship' }],
    opens: [{ week: '2026-W48', tool_slug: 'harborlight', choice: 'ship', opens: 1 }],
    casts: [{ week: '2026-W48', tool_slug: 'harborlight', choice: 'ship', way: 'button', has_source: false }],
    events: [],
    done_by_staff: [],
  });
  expect(text + JSON.stringify(await (await app.request(`${about}.json`)).json())).not.toContain(
    'delivered+2@',
  );
  // Tracking is on at Resend, and staff did something about the reader.
  await app.context.db.updateTable('deliveries').set({ opened_at: app.clock.now }).execute();
  const { context } = app;
  const ann = { name: 'Ann Abel', via: 'studio' } as const;
  const change = { action: 'pause reader', request: { reader: '1' } };
  await audited(
    context,
    ann,
    change,
    () => Promise.resolve(null),
    () => Promise.resolve(),
  );
  const later = await (await app.request(about)).text();
  expect(later).toMatch(/, opened 2026-11-2\d \d\d:\d\d/);
  expect(later).toContain('pause reader');
  expect(later).not.toContain('Ann Abel');
});

test('erasing asks once, happens at once, and cannot be undone', async () => {
  const app = await createSentIssue(2, 'clean');
  const { db, linkKeys } = app.context;
  const preferences = `/preferences/${signSubscriber(linkKeys, 'preferences', 1)}`;
  expect(await (await app.request(preferences)).text()).toContain(`${preferences}/erase`);
  expect(await (await app.request(`${preferences}/erase`)).text()).toContain('at once and for good');
  expect(await db.selectFrom('subscribers').select('id').execute()).toHaveLength(2);
  expect(await (await app.post(`${preferences}/erase`)).text()).toContain('Everything is erased');
  expect(await db.selectFrom('subscribers').select('id').execute()).toEqual([{ id: 2 }]);
  expect(await db.selectFrom('suppressions').select('reason').execute()).toEqual([{ reason: 'erased' }]);
  for (const path of [
    preferences,
    `${preferences}/about`,
    `${preferences}/about.json`,
    `${preferences}/erase`,
  ]) {
    expect((await app.request(path)).status, path).toBe(410);
  }
  expect((await app.post(`${preferences}/erase`)).status).toBe(410);
  // The links of their mails say so, too, and a mail program's one-click request succeeds.
  const unsubscribe = `/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', 1)}`;
  const oneClick = await app.post(unsubscribe, { 'List-Unsubscribe': 'One-Click' });
  expect([oneClick.status, await oneClick.text()]).toEqual([
    200,
    expect.stringContaining('Your data has been erased'),
  ]);
  expect(await (await app.request(app.pathOf(1))).text()).toContain('Your data has been erased');
  expect((await app.request(`/confirm/${signSubscriber(linkKeys, 'confirm', 1)}`)).status).toBe(200);
  expect((await app.request(`${unsubscribe}x`)).status).toBe(404);
  expect((await app.request(app.pathOf(2, 'nothing'))).status).toBe(404);
  // They themselves may come back.
  await app.subscribe('delivered+1@resend.dev');
  expect(await db.selectFrom('subscribers').select('status').where('id', '<>', 2).execute()).toEqual([
    { status: 'pending' },
  ]);
});

test.each([
  ['suppressed', 'bounced', 'Emails to it came back, so nothing more goes to this address'],
  ['suppressed', 'bouncing', 'Emails to it came back, so nothing more goes to this address'],
  ['unsubscribed', 'bounced', 'Emails to it came back, so nothing more goes to this address'],
  ['suppressed', 'complained', 'reported as spam'],
  ['suppressed', 'by staff', 'Our staff has stopped it'],
  ['suppressed', 'inactive', 'To get it, <a href="/#sign-up">sign up</a>.'],
  ['unsubscribed', null, 'To get it, <a href="/#sign-up">sign up</a>.'],
  ['pending', null, 'press the button in the email that asked you to confirm'],
] as const)(
  'the preferences of a reader who is %s (%s) say how to get the newsletter',
  async (status, reason, words) => {
    const app = await createSentIssue(1);
    const { db, linkKeys } = app.context;
    await db
      .updateTable('subscribers')
      .set({
        status,
        suppressed_reason: reason,
        ...(status === 'suppressed' ? { suppressed_at: app.clock.now } : {}),
        ...(status === 'unsubscribed' ? { unsubscribed_at: app.clock.now } : {}),
      })
      .execute();
    const page = await app.request(`/preferences/${signSubscriber(linkKeys, 'preferences', 1)}`);
    expect(await page.text()).toContain(words);
  },
);
