import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { runCommand } from '../support/run-command.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const SECRET = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGVzdHM=';
const SECOND_DOMAIN = { MAIL_FROM_2: 'Weekly Verdicts <verdicts@news.example.net>' };

async function createPrepared(env: Record<string, string> = SECOND_DOMAIN): Promise<TestApp> {
  const app = await createTestApp(env);
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 300);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  return app;
}

const pageOf = async (app: TestApp, path: string) => (await app.request(path)).text();

test('staff see each lane, pause one with a reason and resume it; the log has both', async () => {
  const app = await createPrepared();
  const before = await pageOf(app, '/studio/lanes');
  expect(before).toContain('2 lanes');
  expect(before).toContain('Lane 2: news.example.net');
  expect(before.match(/Open\./g)).toHaveLength(2);
  const paused = await app.post('/studio/lanes/2/pause', { reason: 'complaints from one provider' });
  expect(paused.headers.get('location')).toBe('/studio/lanes');
  expect(await pageOf(app, '/studio/lanes')).toContain('Paused: complaints from one provider.');
  await app.drain();
  const issue = await pageOf(app, `/studio/issues/${WEEK}`);
  expect(issue).toContain('By lane');
  expect(issue).toContain('done, the rest waits for a paused lane');
  expect(issue).toMatch(/Lane 2 \(news\.example\.net\)(?:<!-- -->)?: 0 of 1\d\d<strong>, paused: complaints/);
  expect(await pageOf(app, '/studio')).toContain(
    'Lane 2 is paused, and its readers wait: complaints from one provider',
  );
  expect((await app.post('/studio/lanes/2/resume')).status).toBe(303);
  await app.drain();
  expect(await pageOf(app, `/studio/issues/${WEEK}`)).toMatch(/Lane 2 \(news\.example\.net\): (\d+) of \1</);
  const log = await pageOf(app, '/studio/log');
  expect(log).toContain('pause lane');
  expect(log).toContain('resume lane');
});

test('pausing a lane that does not exist and resuming an open one are refused', async () => {
  const app = await createPrepared();
  expect((await app.post('/studio/lanes/2/resume')).status).toBe(409);
  expect((await app.post('/studio/lanes/7/pause')).status).toBe(400);
  expect((await app.post('/studio/lanes/x/pause')).status).toBe(404);
});

test('a single lane is mentioned only on the page of lanes', async () => {
  const app = await createPrepared({});
  await app.drain();
  expect(await pageOf(app, `/studio/issues/${WEEK}`)).not.toContain('By lane');
  const page = await pageOf(app, '/studio/lanes');
  expect(page).toContain('One lane');
  expect(page).toContain('While this one is paused, no issue goes out');
});

test('an event signed by the other team is accepted, one signed by no team of ours is refused', async () => {
  const app = await createPrepared({ ...SECOND_DOMAIN, RESEND_WEBHOOK_SECRET_2: SECRET });
  const report = (secret: string) => {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      type: 'email.delivered',
      created_at: '2026-11-24T14:00:05.000Z',
      data: {},
    });
    const at = new Date();
    return app.request('/webhooks/resend', {
      method: 'POST',
      body,
      headers: {
        'svix-id': id,
        'svix-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'svix-signature': new Webhook(secret).sign(id, at, body),
      },
    });
  };
  expect((await report(app.context.config.webhookSecret)).status).toBe(200);
  expect((await report(SECRET)).status).toBe(200);
  expect((await report(`whsec_${Buffer.from('of somebody else').toString('base64')}`)).status).toBe(401);
});

test('the command line lists, pauses and resumes lanes, and shows what went through each', async () => {
  const app = await createPrepared();
  // By the real clock, which commands use, its voting ended long ago: staff have resumed it since.
  await app.context.db.updateTable('issues').set({ resumed_at: new Date() }).execute();
  const run = (...args: string[]) =>
    runCommand(args, { DATABASE_URL: app.databaseUrl, ...SECOND_DOMAIN, LOG_LEVEL: 'silent' });
  const list = await run('lanes', 'list');
  expect(list.stdout).toMatch(/lane 1 +weekly-verdicts\.local +\d+ calls a second +no ceiling +open/);
  expect(list.stdout).toMatch(/lane 2 +news\.example\.net/);
  const paused = await run('lanes', 'pause', '2', '--reason', 'looking at it', '--json');
  expect(JSON.parse(paused.stdout)).toMatchObject([
    { number: 1, paused_at: null },
    { number: 2, paused_reason: 'looking at it' },
  ]);
  const sent = await run('issue', 'send', WEEK, '--wait');
  expect({ code: sent.code, text: sent.stdout }).toMatchObject({
    code: 1,
    text: expect.stringContaining('The rest waits for a paused lane; see `verdicts lanes list`.'),
  });
  const status = await run('issue', 'status', WEEK);
  expect(status.stdout).toMatch(/lane 2 .*0 of 1\d\d +paused: looking at it/);
  expect((await run('lanes', 'resume', '2')).stdout).toMatch(/lane 2 .* open/);
  const refused = await run('lanes', 'resume', '9');
  expect([refused.code, refused.stderr.trim()]).toEqual([1, 'There is no lane 9; the settings have 1, 2.']);
  expect((await run('lanes', 'pause', 'two')).stderr).toContain('"two" is not the number of a lane');
  expect((await run('issue', 'send', WEEK, '--wait')).code).toBe(0);
});

test('before an issue is sent, the studio says that its mails would wait because every lane is paused', async () => {
  const app = await createTestApp();
  const { db, now } = app.context;
  await seedContent(db);
  await seedReaders(db, 2);
  await draftIssue(app.context, WEEK);
  await approveIssue(app.context, WEEK, 'ann');
  const pages = async () => [
    await pageOf(app, '/studio/issues/2026-W48'),
    await pageOf(app, '/studio/issues/2026-W48/send-now'),
  ];
  for (const page of await pages()) {
    expect(page).not.toContain('lane is paused');
  }
  await db.updateTable('send_rate').set({ paused_at: now(), paused_reason: 'a test' }).execute();
  for (const page of await pages()) {
    expect(page).toContain('Sending through its lane is paused');
  }
});
