import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { findOverdueIssue } from '../../src/doctor/checks/find-overdue.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { readGauges } from '../../src/doctor/gauges/read-gauges.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { skipWeek } from '../../src/issues/decide/skip.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { startDnsServer } from './dns-server.ts';

async function findingsOn(app: TestApp, name: string) {
  const findings = await runChecks(app.context, {}, await startDnsServer({}));
  return findings.filter((finding) => finding.name === name);
}

/** Adds a job that was enqueued three hours ago, has failed eight times and is tried again in ten minutes. */
async function addFailing(app: TestApp, queue: 'send-confirmation' | 'forget-evidence') {
  await app.context.boss.insert(queue, [{ data: { failures: 8 }, singletonKey: queue }]);
  await sql`
    update pgboss.job set state = 'retry', created_on = now() - interval '3 hours', start_after = now() + interval '10 minutes'
    where name = ${queue}`.execute(app.context.db);
}

test('a job that fails again and again is late, however late it is tried next', async () => {
  const app = await createTestApp();
  await addFailing(app, 'forget-evidence');
  expect(await findingsOn(app, 'queue')).toMatchObject([{ state: 'ok' }]);
  await addFailing(app, 'send-confirmation');
  const ages = (await readGauges(app.context)).find(({ name }) => name === 'queue_age_seconds')!
    .values as ReadonlyMap<string, number>;
  expect(ages.get('send-confirmation')).toBeGreaterThan(10_000);
  // It waits on purpose, for hours.
  expect(ages.get('forget-evidence')).toBe(0);
  expect(await findingsOn(app, 'queue')).toMatchObject([
    { state: 'error', message: '1 send-confirmation job waits, the first one for 3 hours' },
  ]);
});

test('an issue that Resend does not answer is overdue after half an hour', async () => {
  const app = await createPreparedIssue(3);
  const { context, clock, outbox } = app;
  await context.db
    .updateTable('installation')
    .set({ created_at: new Date('2026-01-01') })
    .execute();
  const { id } = await context.db.selectFrom('batches').select('id').executeTakeFirstOrThrow();
  outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(context, id)).rejects.toThrow(RetryLater);
  await context.db.updateTable('issues').set({ send_at: clock.now }).execute();
  clock.now = new Date('2026-11-24T15:00:00Z');
  const after = async (minutes: number) => {
    // As PostgreSQL's clock dates attempts.
    await sql`update batches set uncertain_since = now() - make_interval(mins => ${minutes})`.execute(
      context.db,
    );
    return findOverdueIssue(context);
  };
  expect(await after(25)).toBeUndefined();
  expect(await after(35)).toMatchObject({ week: WEEK, reason: expect.stringContaining('Resend') });
});

test('an issue that goes out in the week after its draft is neither missing nor an error', async () => {
  const app = await createTestApp(
    { SCHEDULE_DRAFT: '0 16 * * 5', SCHEDULE_SEND: '0 9 * * 1', APPROVAL: 'required' },
    '2026-11-27T16:00:00Z',
  );
  const { context, clock } = app;
  await context.db
    .updateTable('installation')
    .set({ created_at: new Date('2026-01-01') })
    .execute();
  await seedContent(context.db);
  await seedReaders(context.db, 2);
  await tick(context);
  await app.drain();
  expect(await findingsOn(app, 'SCHEDULE_SEND')).toMatchObject([{ state: 'warning' }]);
  clock.now = new Date('2026-11-30T09:20:00Z');
  expect(await findOverdueIssue(context)).toMatchObject({
    week: WEEK,
    reason: expect.stringContaining('draft'),
  });
  await approveIssue(context, WEEK, 'ann');
  await tick(context);
  await app.drain();
  expect(await findOverdueIssue(context)).toBeUndefined();
  clock.now = new Date('2026-12-03T12:00:00Z');
  expect(await findOverdueIssue(context)).toBeUndefined();
  await expect(skipWeek(context, '2026-W49')).rejects.toThrow('no issue');
  clock.now = new Date('2026-12-07T09:20:00Z');
  expect(await findOverdueIssue(context)).toMatchObject({ week: '2026-W49' });
});
