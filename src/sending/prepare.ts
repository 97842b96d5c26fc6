import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { AppError } from '../errors.ts';
import { type Issue, lockIssue } from '../issues/issue.ts';
import { moveIssue } from '../issues/status.ts';
import { enqueue } from '../queue.ts';
import type { Week } from '../week.ts';
import { finishIssueWhenDone } from './finish.ts';

const BATCH_SIZE = 100;

/**
 * Freezes who gets an approved issue, in batches of 100, and enqueues one job per batch: all in one transaction.
 * Readers active now count, unless they paused. Returns how many; an issue prepared before is left as it is.
 */
export async function prepareIssue(context: Context, week: Week): Promise<number> {
  return context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.prepared_at) {
      return 0;
    }
    if (issue.status !== 'approved') {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; approve it before it is sent.`);
    }
    const now = context.now();
    const readers = await freezeRecipients(tx, issue, now);
    await moveIssue(tx, issue.id, ['approved'], 'sending', now);
    await enqueueBatches(context, tx, issue.id);
    await finishIssueWhenDone(tx, issue.id, now);
    return readers;
  });
}

/** One job for every batch that still has something to do; those with a job already keep it. */
export async function enqueueBatches({ boss }: Context, tx: Tx, issueId: number): Promise<void> {
  const batches = await tx
    .selectFrom('batches')
    .select('id')
    .where('issue_id', '=', issueId)
    .where('status', 'in', ['queued', 'submitting'])
    .orderBy('number')
    .execute();
  const jobs = batches.map(({ id }) => ({ key: String(id), data: { batch_id: id } }));
  if (jobs.length > 0) {
    await enqueue(boss, tx, 'send-batch', jobs);
  }
}

/**
 * One statement, so one snapshot: the readers counted are the readers inserted. The key's random part keeps two
 * installations of one Resend team, or a restored backup, apart. Returns how many readers.
 */
async function freezeRecipients(tx: Tx, issue: Issue, now: Date): Promise<number> {
  const prefix = `${issue.week}-${randomBytes(9).toString('base64url')}`;
  const { numAffectedRows } = await sql`
    with readers as materialized (
      select id, row_number() over (order by id) - 1 as rank from subscribers
      where status = 'active' and confirmed_at <= ${now} and (paused_until is null or paused_until <= ${now})
    ), made as (
      insert into batches (issue_id, number, idempotency_key, status)
      select distinct ${issue.id}::integer, rank / ${BATCH_SIZE}::integer, ${prefix}::text || '-' || rank / ${BATCH_SIZE}::integer, 'queued'
      from readers
      returning id, number
    )
    insert into deliveries (issue_id, subscriber_id, batch_id, position, status, queued_at)
    select ${issue.id}, readers.id, made.id, readers.rank % ${BATCH_SIZE}::integer, 'queued', ${now}
    from readers join made on made.number = readers.rank / ${BATCH_SIZE}::integer`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
