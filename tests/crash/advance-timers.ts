import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { AppError } from '../../src/errors.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { requeueStalled } from '../../src/sending/prepare/requeue-stalled.ts';
import { resetCircuitBreaker } from '../../src/sending/limits/circuit-breaker.ts';
import type { Fixture } from './fixture.ts';
import { WEEK } from './template.ts';

export const PAUSED_BY_STAFF = 'a look at the first hundred';

/**
 * pg-boss reassigns a dead process's job when its last heartbeat is 10 s old, and checks for that every 5 s. Hundreds
 * of combinations cannot wait that long: this ages the heartbeat and runs pg-boss's check immediately.
 */
export async function expireDeadJobs({ boss, db }: Context): Promise<void> {
  await sql`update pgboss.job set heartbeat_on = now() - interval '1 minute' where state = 'active'`.execute(
    db,
  );
  await sql`update pgboss.queue set monitor_on = null, monitor_claim_on = null`.execute(db);
  await boss.supervise();
}

/** A failed job is retried after 5 s or more; here immediately, for the same reason. */
export async function makeRetriesDue(db: Db): Promise<void> {
  await sql`update pgboss.job set start_after = now() where state = 'retry' and start_after > now()`.execute(
    db,
  );
}

/** Every minute the timetable enqueues batches that are due but have no job; here immediately. */
export async function requeueStalledNow({ context, clock }: Fixture): Promise<void> {
  await requeueStalled({ ...context, now: () => new Date(clock.now.getTime() + 3 * 60_000) });
}

/** Whether a batch is due that no job will finish. */
export async function hasOrphanedBatch(db: Db): Promise<boolean> {
  const { rows } = await sql`
    select from batches join issues on issues.id = issue_id
    where (batches.status = 'submitting' or (batches.status = 'queued' and issues.status = 'sending'))
      and not exists (
        select from pgboss.job where name = 'send-batch' and singleton_key = batches.id::text
          and state in ('created', 'retry', 'active'))`.execute(db);
  return rows.length > 0;
}

/**
 * Resend retries an undelivered event after 5 s or more, for a day; here immediately, and without a last attempt.
 * Events that the outbox is recording right now are skipped, because it updates several of them in its own order.
 */
export async function makeEventsDue({ outboxDb, clock }: Fixture): Promise<void> {
  await outboxDb
    .updateTable('outbox.webhooks')
    .set({ due_at: clock.now, attempts: 0 })
    .where('svix_id', 'in', (query) =>
      query
        .selectFrom('outbox.webhooks')
        .select('svix_id')
        .where('delivered_at', 'is', null)
        .where('due_at', '>', clock.now)
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}

export async function areEventsDelivered(fixture: Fixture): Promise<boolean> {
  await makeEventsDue(fixture);
  const open = await fixture.outboxDb
    .selectFrom('outbox.webhooks')
    .select('svix_id')
    .where('delivered_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return open === undefined;
}

/** Sent or cancelled, and no batch has anything left to do. */
export async function isIssueFinished(db: Db): Promise<boolean> {
  const open = await db
    .selectFrom('batches')
    .select('id')
    .where('status', 'in', ['queued', 'submitting'])
    .executeTakeFirst();
  const { status } = await getIssue(db, WEEK);
  return !open && (status === 'sent' || status === 'cancelled');
}

/** Resumes the issue as staff would once they have fixed what Resend refused. */
export async function resumeAfterRefusal(context: Context): Promise<void> {
  const { status, status_reason } = await getIssue(context.db, WEEK);
  if (status === 'paused' && status_reason !== PAUSED_BY_STAFF) {
    await resumeIssue(context, WEEK).catch((error: unknown) => {
      if (!(error instanceof AppError)) {
        throw error;
      }
    });
  }
  if (status === 'cancelled') {
    // A cancelled issue cannot be resumed: its open batches wait for the next confirmation mail that Resend accepts.
    await resetCircuitBreaker(context.db);
  }
}

/** Waits for the dead process's connections, except `exceptPid`: their statements are then finished or rolled back. */
export async function waitForDisconnect(db: Db, exceptPid = 0): Promise<void> {
  const connections = sql`
    select from pg_stat_activity
    where datname = current_database() and application_name = 'sender' and pid <> ${exceptPid}::integer`;
  while ((await connections.execute(db)).rows.length > 0) {
    await sleep(5);
  }
}

export async function isBlocking(db: Db, pid: number): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity where ${pid}::integer = any(pg_blocking_pids(pid))`.execute(db);
  return rows.length > 0;
}

export async function describeState({ context: { db }, outboxDb }: Fixture): Promise<string> {
  const issue = await getIssue(db, WEEK);
  const batches = await db.selectFrom('batches').select(['number', 'status', 'last_answer']).execute();
  const { rows: jobs } = await sql`
    select name, state, data, start_after, output from pgboss.job where state not in ('completed')`.execute(
    db,
  );
  const events = await outboxDb
    .selectFrom('outbox.webhooks')
    .select(['svix_id', 'attempts', 'last_status', 'due_at'])
    .where('delivered_at', 'is', null)
    .limit(5)
    .execute();
  const { rows: sessions } = await sql`
    select application_name, state, wait_event, left(query, 80) as query, pg_blocking_pids(pid) as blocked_by
    from pg_stat_activity where datname = current_database() and state <> 'idle'`.execute(db);
  return JSON.stringify({
    issue: issue.status,
    reason: issue.status_reason,
    batches,
    jobs,
    events,
    sessions,
  });
}
