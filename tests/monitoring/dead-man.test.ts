import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../support/free-port.ts';
import { expect, onTestFinished, test } from 'vitest';
import { findOverdueIssue } from '../../src/doctor/checks/find-overdue.ts';
import { skipWeek } from '../../src/issues/decide/skip.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { createReporter } from '../../src/installation/processes.ts';
import { hasProgram, ROOT, startProgram } from '../deploy/tools.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { seedContent, seedThisWeek } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-database.ts';

const MINUTE_MS = 60_000;

test.runIf(hasProgram('prometheus'))(
  'with its workers stopped an issue does not go out, and Prometheus raises the alarm until it has',
  { timeout: 90_000 },
  async () => {
    const { url, db } = await createTestDatabase();
    await seedThisWeek(db, 3);
    await db
      .updateTable('installation')
      .set({ created_at: new Date('2026-01-01T00:00:00Z') })
      .execute();
    const [port, metrics] = [await findFreePort(), await findFreePort()];
    const settings = {
      DATABASE_URL: url,
      PORT: String(port),
      METRICS_PORT: String(metrics),
      ...dueBefore(new Date()),
    };
    const web = spawnVerdicts(['start', '--only', 'web'], settings);
    await expect.poll(web.stdout, { timeout: 20_000 }).toContain('is running');
    const alerts = await startPrometheus([metrics, metrics + 1]);

    await expect
      .poll(alerts, { timeout: 20_000 })
      .toEqual(expect.arrayContaining(['IssueDidNotGoOut', 'NoWorker']));
    const late = await fetch(`http://127.0.0.1:${port}/onschedule`);
    expect([late.status, await late.json()]).toEqual([
      503,
      { status: 'the last issue did not go out; `verdicts doctor` says why' },
    ]);

    const drafting = spawnVerdicts(['start', '--only', 'worker'], settings);
    await expect
      .poll(() => db.selectFrom('issues').select('status').execute(), { timeout: 30_000 })
      .toEqual([{ status: 'draft' }]);
    drafting.process.kill('SIGTERM');
    await drafting.ended;
    // Whatever is due is done at a start, not a minute later.
    const worker = spawnVerdicts(['start', '--only', 'worker'], settings);
    await expect
      .poll(() => db.selectFrom('issues').select('status').execute(), { timeout: 30_000 })
      .toEqual([{ status: 'sent' }]);
    await expect.poll(alerts, { timeout: 20_000 }).toEqual([]);
    expect(await fetch(`http://127.0.0.1:${port}/onschedule`)).toMatchObject({ status: 200 });

    worker.process.kill('SIGTERM');
    await worker.ended;
    await expect.poll(alerts, { timeout: 20_000 }).toEqual(['NoWorker']);
    web.process.kill('SIGKILL');
    await expect.poll(alerts, { timeout: 20_000 }).toEqual(['NothingIsKnown']);
  },
);

/** A timetable by which an issue was to be drafted 40 minutes ago and sent 20 minutes ago, in a zone where that was this week. */
function dueBefore(now: Date): Record<string, string> {
  const TIMEZONE = now.getUTCDay() === 1 && now.getUTCHours() === 0 ? 'Etc/GMT-6' : 'UTC';
  const cron = (at: Date) => {
    const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(TIMEZONE);
    return `${local.minute} ${local.hour} * * ${local.dayOfWeek % 7}`;
  };
  return {
    TIMEZONE,
    SCHEDULE_DRAFT: cron(new Date(now.getTime() - 40 * MINUTE_MS)),
    SCHEDULE_SEND: cron(new Date(now.getTime() - 20 * MINUTE_MS)),
    REVIEW_WINDOW: '0m',
  };
}

/** A real Prometheus that evaluates our rules every second, without their `for`; resolves to a function that lists firing alerts. */
async function startPrometheus(ports: number[]): Promise<() => Promise<string[]>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-prometheus-'));
  const port = await findFreePort();
  const rules = readFileSync(path.join(ROOT, 'deploy/monitoring/alerts.yml'), 'utf8');
  writeFileSync(path.join(folder, 'alerts.yml'), rules.replaceAll(/for: \w+/g, 'for: 0s'));
  const config = readFileSync(path.join(ROOT, 'deploy/monitoring/prometheus.yml'), 'utf8');
  writeFileSync(
    path.join(folder, 'prometheus.yml'),
    config
      .replaceAll('15s', '1s')
      .replace(/targets: \[.*\]/, `targets: [${ports.map((port) => `'127.0.0.1:${port}'`).join(', ')}]`),
  );
  const prometheus = startProgram(
    [
      'prometheus',
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    {},
  );
  onTestFinished(async () => {
    await prometheus.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => undefined);
    const { data } = ((await answer?.json()) ?? { data: { alerts: [] } }) as {
      data: { alerts: { state: string; labels: { alertname: string } }[] };
    };
    const firing = data.alerts.filter(({ state }) => state === 'firing');
    return [...new Set(firing.map(({ labels }) => labels.alertname))].toSorted();
  };
}

test('an issue is late if it was due and did not go out; not if it is to come, was skipped, or is being sent', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  const reason = async () => (await findOverdueIssue(context))?.reason;
  // Tuesday 14:00 has come, and a worker needs a moment.
  expect(await reason()).toBeUndefined();
  clock.now = new Date('2026-11-24T14:20:00Z');
  expect(await reason()).toBe(
    'the issue of 2026-W48, which should have gone out Tuesday 24 November 2026, 14:00 (UTC), was not drafted',
  );
  await seedContent(context.db);
  await draftIssue(context, '2026-W48', new Date('2026-11-23T06:00:00Z'));
  // Drafted late, it is in review for four hours.
  expect(await reason()).toBeUndefined();
  clock.now = new Date('2026-11-24T18:40:00Z');
  expect(await reason()).toContain(
    'the issue of 2026-W48 is a draft, and should have gone out Tuesday 24 November 2026, 18:20 (UTC)',
  );
  await context.db.updateTable('issues').set({ status: 'held', status_reason: 'a link is broken' }).execute();
  expect(await reason()).toContain('is held (a link is broken)');
  for (const status of ['sending', 'sent', 'cancelled'] as const) {
    await context.db.updateTable('issues').set({ status, status_reason: null }).execute();
    expect(await reason()).toBeUndefined();
  }
  await context.db.updateTable('issues').set({ status: 'draft' }).execute();
  await skipWeek(context, '2026-W48');
  expect(await reason()).toBeUndefined();
  // An installation that is younger than the send time missed nothing.
  context.installation = { ...context.installation, created_at: clock.now };
  await context.db.deleteFrom('issues').execute();
  expect(await reason()).toBeUndefined();
  // Nor did one that is younger than the draft, though older than the send time.
  context.installation = { ...context.installation, created_at: new Date('2026-11-23T10:00:00Z') };
  expect(await reason()).toBeUndefined();
  context.installation = { ...context.installation, created_at: new Date('2026-11-23T05:00:00Z') };
  expect(await reason()).toMatch(/^the issue of 2026-W48, .*, was not drafted$/);
});

test('/onschedule says that no worker runs, in every process that serves it', async () => {
  const app = await createTestApp({}, '2026-11-23T05:00:00Z');
  app.context.installation = { ...app.context.installation, created_at: new Date('2026-11-23T04:00:00Z') };
  const answer = await app.request('/onschedule');
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { status: 'no worker runs, so nothing is drafted, sent or confirmed' },
  ]);
  await createReporter(app.context.db, 'worker').report();
  expect(await app.request('/onschedule')).toMatchObject({ status: 200 });
});
