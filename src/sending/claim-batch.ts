import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../database.ts';
import type { BatchStatus, IssueStatus } from '../schema.ts';
import { isSendable } from './batch-rules.ts';
import { reserveForToday } from './warm-up.ts';

export interface Member {
  delivery_id: number;
  subscriber_id: number;
  email: string;
  round: number;
}

/** A batch in the state of its first attempt: a retry finds the same members, order and link key. */
export interface ClaimedBatch {
  id: number;
  issue_id: number;
  week: string;
  idempotency_key: string;
  link_key_id: string;
  /** Since when an attempt has been without a certain outcome: Resend's memory of the key is counted from here. */
  uncertain_since: Date;
  was_uncertain: boolean;
  /** Tells this attempt from others of the same batch. */
  attempt: number;
  members: Member[];
}

interface LockedBatch {
  id: number;
  issue_id: number;
  week: string;
  status: BatchStatus;
  issue_status: IssueStatus;
  idempotency_key: string;
  link_key_id: string | null;
  first_attempt_at: Date | null;
  uncertain_since: Date | null;
  attempts: number;
}

/** The issue of a batch, and whether there is something to do that is worth a slot of the shared rate. */
export async function lookAtBatch(
  db: Db,
  batchId: number,
): Promise<{ issue_id: number; is_due: boolean } | undefined> {
  const batch = await db
    .selectFrom('batches')
    .innerJoin('issues', 'issues.id', 'batches.issue_id')
    .select(['issue_id', 'batches.status', 'issues.status as issue_status'])
    .where('batches.id', '=', batchId)
    .executeTakeFirst();
  return batch && { issue_id: batch.issue_id, is_due: isSendable(batch.status, batch.issue_status) };
}

/** Undefined when there is nothing to do: settled before, cancelled, or its issue is not being sent now. */
export async function claimBatch(context: Context, batchId: number): Promise<ClaimedBatch | undefined> {
  const now = context.now();
  return context.db.transaction().execute(async (tx) => {
    const batch = await lockBatch(tx, batchId);
    if (!batch || !isSendable(batch.status, batch.issue_status)) {
      return undefined;
    }
    const link_key_id = batch.link_key_id ?? context.linkKeys.newest;
    const members = batch.first_attempt_at
      ? await claimAgain(tx, batch, now)
      : await claimFirst(tx, batch, link_key_id, now);
    if (!batch.first_attempt_at) {
      await reserveForToday(context, tx, members.length);
    }
    return {
      id: batch.id,
      issue_id: batch.issue_id,
      week: batch.week,
      idempotency_key: batch.idempotency_key,
      link_key_id,
      uncertain_since: batch.uncertain_since ?? now,
      was_uncertain: batch.uncertain_since !== null,
      attempt: batch.attempts + 1,
      members,
    };
  });
}

/** Whoever holds it is deciding about it: the next statement then sees what they decided. */
function lockBatch(tx: Tx, batchId: number): Promise<LockedBatch | undefined> {
  return tx
    .selectFrom('batches')
    .innerJoin('issues', 'issues.id', 'batches.issue_id')
    .select(['batches.id', 'batches.issue_id', 'issues.week', 'batches.status'])
    .select(['issues.status as issue_status', 'idempotency_key', 'link_key_id'])
    .select(['first_attempt_at', 'uncertain_since', 'attempts'])
    .where('batches.id', '=', batchId)
    .forUpdate('batches')
    .executeTakeFirst();
}

/**
 * In one statement the batch is claimed and everybody asked once more: whoever left or paused since `prepare` is
 * skipped, with the reason. From now on members, order and bytes stay as they are.
 */
async function claimFirst(tx: Tx, { id }: LockedBatch, linkKeyId: string, now: Date): Promise<Member[]> {
  const { rows } = await sql<Member & { position: number; status: string }>`
    with claimed as (
      update batches set status = 'submitting', first_attempt_at = ${now}, uncertain_since = ${now},
        link_key_id = ${linkKeyId}, attempts = attempts + 1
      where id = ${id}
    ), asked as (
      select member.id, reader.email,
        case when reader.id is null then 'erased'
          when reader.status <> 'active' then coalesce(reader.suppressed_reason, reader.status)
          when reader.paused_until > ${now} then 'paused' end as obstacle
      from deliveries as member left join subscribers as reader on reader.id = member.subscriber_id
      where member.batch_id = ${id} and member.status = 'queued'
    )
    update deliveries set
      status = case when obstacle is null then 'submitting' else 'skipped' end,
      reason = obstacle,
      email = case when obstacle is null then asked.email end,
      submitting_at = case when obstacle is null then ${now}::timestamptz end,
      skipped_at = case when obstacle is null then null else ${now}::timestamptz end
    from asked where asked.id = deliveries.id
    returning deliveries.id as delivery_id, subscriber_id, deliveries.email, round, position, status`.execute(
    tx,
  );
  return rows.filter(({ status }) => status === 'submitting').toSorted((a, b) => a.position - b.position);
}

/** Whoever the first attempt froze, though an event may have moved some of them on since: a retry has the same bytes. */
async function claimAgain(tx: Tx, { id }: LockedBatch, now: Date): Promise<Member[]> {
  const { rows } = await sql<Member>`
    with claimed as (
      update batches set status = 'submitting', uncertain_since = coalesce(uncertain_since, ${now}),
        attempts = attempts + 1
      where id = ${id}
    )
    select id as delivery_id, subscriber_id, coalesce(email, '') as email, round from deliveries
    where batch_id = ${id} and submitting_at is not null order by position`.execute(tx);
  return rows;
}
