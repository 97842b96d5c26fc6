import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { publishAgain } from '../support/publish-again.ts';
import type { Context } from '../../src/context.ts';
import { readGauges } from '../../src/doctor/gauges/read-gauges.ts';
import { openPrometheus } from '../../src/metrics/prometheus.ts';
import { ROOT, hasProgram } from '../deploy/tools.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';
import { sentIssue } from './sent.ts';

/** An app that counts, as with METRICS_PORT. */
async function createCountingApp(): Promise<TestApp & { expose: () => Promise<string> }> {
  const app = await createTestApp();
  const prometheus = openPrometheus(() => readGauges(app.context));
  Object.assign(app.context, { metrics: prometheus });
  return { ...app, expose: prometheus.expose };
}

/** Readings of the database are cached for some seconds, for each object that reads it. */
function exposeUncached(context: Context): Promise<string> {
  return openPrometheus(() => readGauges({ ...context, db: context.preparedDb })).expose();
}

function valueOf(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((line) => line.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

test(
  'the metrics of a week: sign-ups, batches, waits, events, votes, queue, pools and the event loop',
  { timeout: 60_000 },
  async () => {
    const app = await createCountingApp();
    await app.subscribe('ann@resend.dev');
    const before = await app.expose();
    expect(valueOf(before, 'verdicts_sign_ups_total{step="requested"}')).toBe(1);
    expect(valueOf(before, 'verdicts_queue_due_jobs{queue="send-confirmation"}')).toBe(1);
    await app.drain();
    await seedReaders(app.context.db, 150);
    const { vote } = await sentIssue(app);
    expect(await visitAndVote(app, vote)).toMatchObject({ status: 303 });
    await app.request('/webhooks/resend', { method: 'POST', body: '{}' });
    const text = await exposeUncached(app.context);
    const counted = await app.expose();
    expect(valueOf(counted, 'verdicts_sign_ups_total{step="mailed"}')).toBe(1);
    expect(valueOf(counted, 'verdicts_letters_total{result="accepted"}')).toBe(1);
    expect(valueOf(counted, 'verdicts_batches_total{result="accepted"}')).toBe(2);
    expect(valueOf(counted, 'verdicts_batch_call_seconds_count{result="accepted"}')).toBe(2);
    expect(valueOf(counted, 'verdicts_slot_wait_seconds_count{priority="bulk"}')).toBe(2);
    expect(valueOf(counted, 'verdicts_slot_wait_seconds_count{priority="personal"}')).toBe(1);
    expect(valueOf(counted, 'verdicts_webhooks_total{result="applied"}')).toBe(300);
    expect(valueOf(counted, 'verdicts_webhooks_total{result="rejected"}')).toBe(1);
    expect(valueOf(counted, 'verdicts_webhook_lag_seconds_count{type="email.delivered"}')).toBe(151);
    expect(valueOf(counted, 'verdicts_votes_total{state="counted"}')).toBe(1);
    expect(
      valueOf(counted, 'verdicts_responses_total{route="/webhooks/resend",status="200"}'),
    ).toBeGreaterThanOrEqual(300);
    expect(
      valueOf(counted, 'verdicts_request_seconds_count{route="/webhooks/resend"}'),
    ).toBeGreaterThanOrEqual(300);
    expect(counted).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
    expect(valueOf(text, 'verdicts_latest_issue_deliveries{status="delivered"}')).toBe(150);
    expect(valueOf(text, 'verdicts_blocked')).toBe(0);
    expect(valueOf(text, 'verdicts_undecided_deliveries{status="failed"}')).toBe(0);
    expect(valueOf(text, 'verdicts_open_votes{state="counted"}')).toBe(1);
    expect(valueOf(text, 'verdicts_provider_calls_per_second{lane="1"}')).toBe(100);
    expect(valueOf(text, 'verdicts_sending_stopped{lane="1"}')).toBe(0);
    expect(valueOf(text, 'verdicts_database_bytes')).toBeGreaterThan(1_000_000);
    expect(valueOf(text, 'verdicts_pool_connections{pool="main"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'verdicts_pool_connections{pool="votes"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'verdicts_pool_connections{pool="queue"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'verdicts_pool_waiting_requests{pool="votes"}')).toBe(0);
    expect(valueOf(text, 'verdicts_issues{status="sent"}')).toBe(1);
    // No address, no token, no reader: only what is counted.
    expect(counted).not.toMatch(/resend\.dev|ann@|\/v\/[\w-]{20}/);

    const files = ['deploy/monitoring/alerts.yml', 'deploy/monitoring/dashboard.json'];
    const used = new Set(
      files.flatMap(
        (file) =>
          readFileSync(path.join(ROOT, file), 'utf8').match(/\b(?:verdicts|nodejs|process)_[a-z0-9_]+/g) ??
          [],
      ),
    );
    const has = (name: string) => new RegExp(`^${name}(?:\\{| )`, 'm').test(`${counted}\n${text}`);
    // Only with BACKUP_FOLDER.
    used.delete('verdicts_backup_age_seconds');
    used.delete('verdicts_backups_fitting');
    expect([...used].filter((name) => !has(name))).toEqual([]);
  },
);

test('the metrics say that the database was moved, and how many mails of all issues are undecided', async () => {
  const app = await createCountingApp();
  const { context } = app;
  const { db } = context;
  await seedReaders(db, 5);
  await sentIssue(app);
  await db.updateTable('deliveries').set({ status: 'unknown' }).where('subscriber_id', '<=', 2).execute();
  // The newest issue has nothing to decide.
  app.clock.now = new Date('2026-12-01T14:00:00Z');
  await publishAgain(app);
  await draftIssue(context, '2026-W49');
  await approveIssue(context, '2026-W49', 'test');
  await prepareIssue(context, '2026-W49');
  await db.updateTable('installation_place').set({ table_id: 1 }).execute();
  const text = await exposeUncached(context);
  expect(valueOf(text, 'verdicts_undecided_deliveries{status="unknown"}')).toBe(2);
  expect(valueOf(text, 'verdicts_blocked')).toBe(1);
});

test.runIf(hasProgram('promtool'))('promtool accepts every metric', async () => {
  const app = await createCountingApp();
  await app.subscribe('ann@resend.dev');
  const { stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: await app.expose(),
    encoding: 'utf8',
  });
  // The library's own metrics of Node have names of another kind.
  expect(stderr.split('\n').filter((line) => line && !/^(?:nodejs|process)_/.test(line))).toEqual([]);
});

test('without the database the metrics of the process are still exposed, and say that it cannot be read', async () => {
  const prometheus = openPrometheus(() => Promise.reject(new Error('gone')));
  const text = await prometheus.expose();
  expect(valueOf(text, 'verdicts_database_readable')).toBe(0);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds/m);
});

test('a label may contain any character', async () => {
  const prometheus = openPrometheus(() =>
    Promise.resolve([{ name: 'odd', help: 'Odd', label: 'name', values: new Map([['a"b\\c\nd', 1]]) }]),
  );
  expect(await prometheus.expose()).toContain(String.raw`verdicts_odd{name="a\"b\\c\nd"} 1`);
});
