import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, preparedStatement, type Tx } from '../../database/connect.ts';
import { isLanePaused } from '../lanes/is-lane-paused.ts';
import type { Lane } from '../lanes/lanes.ts';
import { reserveForToday } from '../limits/warm-up.ts';

export interface Member {
  delivery_id: number;
  subscriber_id: number;
  email: string;
  round: number;
}

/** A batch as of its first attempt: a retry has the same members, order and link key. */
export interface ClaimedBatch {
  id: number;
  issue_id: number;
  week: string;
  /** How often the issue's approval was withdrawn; each approval has its own renderings. */
  withdrawals: number;
  /** Which of the issue's variants its readers get. */
  variant: number;
  /** The number of the lane through which it goes: a retry has the same. */
  lane: number;
  idempotency_key: string;
  link_key_id: string;
  first_attempt_at: Date;
  /**
   * How long the outcome has been uncertain, by the database's clock, so that every machine agrees: the time for which
   * Resend remembers the key is counted from there.
   */
  uncertain_ms: number;
  was_uncertain: boolean;
  /** Distinguishes this attempt from others of the same batch. */
  attempt: number;
  members: Member[];
}

interface Row extends Omit<ClaimedBatch, 'members' | 'was_uncertain'> {
  /** Delivery, subscriber, address, round. */
  members: [number, number, string, number][] | null;
}

/**
 * Undefined when there is nothing to do: the batch is settled or cancelled, its issue or lane is paused, or it has
 * moved to another lane.
 */
export async function claimBatch(
  context: Context,
  batchId: number,
  lane: Lane,
): Promise<ClaimedBatch | undefined> {
  const { preparedDb, now } = context;
  const claimed = lane.warmUp
    ? undefined
    : await claimFirst(preparedDb, batchId, lane, context, now(), { isLocked: false });
  return claimed ?? claimAfterLock(context, batchId, lane);
}

/** For a batch that is locked, has been claimed before or goes out again, and during a warm-up. */
async function claimAfterLock(
  context: Context,
  batchId: number,
  lane: Lane,
): Promise<ClaimedBatch | undefined> {
  return context.preparedDb.transaction().execute(async (tx) => {
    // Waits in statements of their own: the next one sees readers and mails as whoever held the locks has left them.
    await sql`select from batches where id = ${batchId} for update`.execute(tx);
    await sql`
      select from deliveries
      where batch_id = ${batchId} and issue_id = (select issue_id from batches where id = ${batchId}) and status = 'queued'
      order by id for update`.execute(tx);
    const batch = await claimFirst(tx, batchId, lane, context, context.now(), { isLocked: true });
    if (batch && lane.warmUp) {
      await reserveForToday(context, tx, lane, batch.members.length);
    }
    return batch ?? claimAgain(tx, batchId, lane.number);
  });
}

/**
 * One statement claims the batch and checks every reader again: those who left or paused since `prepareIssue` are
 * skipped, with the reason. From now on members, order and bytes are frozen, and the idempotency key is derived from
 * them: if the batch is prepared again from the same state, as after a restore, Resend recognizes the key and mails
 * nobody twice. After a withdrawal the mails differ, and so does the key. A batch with no reader left keeps its key.
 *
 * The statement must not wait: it would not see what the other transaction does, such as erasing a reader. So it claims
 * no batch that is locked, and one of a later round, whose mails an event may have locked, only if the caller has
 * locked them. `batches.mails` is set in the first round only.
 */
async function claimFirst(
  db: Db | Tx,
  batchId: number,
  { number }: Lane,
  { config, installation, linkKeys }: Pick<Context, 'config' | 'installation' | 'linkKeys'>,
  now: Date,
  { isLocked }: { isLocked: boolean },
): Promise<ClaimedBatch | undefined> {
  const { rows } = await sql<Row>`
    ${preparedStatement('claim-batch')}
    with target as (
      select batches.id, issue_id, week, withdrawals, hand_backs from batches join issues on issues.id = batches.issue_id
      where batches.id = ${batchId} and batches.lane = ${number} and batches.status = 'queued'
        and issues.status = 'sending' and not ${isLanePaused(config)} and (${isLocked}::boolean or batches.mails is not null)
      for update of batches skip locked
    ), asked as (
      select member.id, member.issue_id, member.subscriber_id, member.round, member.position, reader.email,
        case when reader.id is null then 'erased'
          when reader.status <> 'active' then coalesce(reader.suppressed_reason, reader.status)
          when reader.paused_until > ${now} then 'paused'
          when reader.frequency <> 'weekly' then 'prefers the digest' end as obstacle
      from target join deliveries as member on member.batch_id = target.id and member.issue_id = target.issue_id
      left join subscribers as reader on reader.id = member.subscriber_id
      where member.status = 'queued'
    ), claimed as (
      update batches set status = 'submitting', first_attempt_at = ${now}, uncertain_since = clock_timestamp(),
        link_key_id = ${linkKeys.newest}, attempts = attempts + 1,
        idempotency_key = coalesce((
          select target.week || '-' || left(encode(sha256(convert_to(concat_ws(' ', ${installation.id}::text,
            target.week, target.hand_backs, nullif(target.withdrawals, 0),
            string_agg(concat_ws(' ', subscriber_id, round, email), ' ' order by position)), 'UTF8')), 'hex'), 40)
          from asked where obstacle is null having count(*) > 0), batches.idempotency_key)
      from target where batches.id = target.id
      returning batches.*, target.week, target.withdrawals
    ), frozen as (
      update deliveries set
        status = case when obstacle is null then 'submitting' else 'skipped' end,
        reason = obstacle,
        email = case when obstacle is null then asked.email end,
        submitting_at = case when obstacle is null then ${now}::timestamptz end,
        skipped_at = case when obstacle is null then null else ${now}::timestamptz end
      from asked where asked.id = deliveries.id and asked.issue_id = deliveries.issue_id
      returning deliveries.id, deliveries.subscriber_id, deliveries.email, deliveries.round, deliveries.position, status
    )
    select id, issue_id, withdrawals, week, variant, lane, idempotency_key, link_key_id, first_attempt_at, 0 as uncertain_ms, attempts as attempt,
      (select json_agg(json_build_array(id, subscriber_id, email, round) order by position)
        from frozen where status = 'submitting') as members
    from claimed`.execute(db);
  return rows[0] && readRow(rows[0], false);
}

/** Takes the members that the first attempt froze, whatever their status is by now: a retry must have the same bytes. */
export async function claimAgain(
  db: Db | Tx,
  batchId: number,
  lane: number,
): Promise<ClaimedBatch | undefined> {
  const { rows } = await sql<Row>`
    with claimed as (
      update batches set uncertain_since = coalesce(uncertain_since, clock_timestamp()), attempts = attempts + 1
      from issues
      where batches.id = ${batchId} and batches.lane = ${lane} and batches.status = 'submitting'
        and issues.id = batches.issue_id
      returning batches.*, issues.week, issues.withdrawals
    )
    select id, issue_id, withdrawals, week, variant, lane, idempotency_key, link_key_id, first_attempt_at, attempts as attempt,
      (1000 * extract(epoch from clock_timestamp() - uncertain_since))::float8 as uncertain_ms
    from claimed`.execute(db);
  const [batch] = rows;
  return batch && readRow({ ...batch, members: await listMembers(db, batch) }, true);
}

/** A separate statement, so that it sees what a worker that held the lock on the batch until now has frozen. */
async function listMembers(db: Db | Tx, { id, issue_id }: Row): Promise<Row['members']> {
  const { rows } = await sql<Pick<Row, 'members'>>`
    select json_agg(json_build_array(id, subscriber_id, email, round) order by position) as members
    from deliveries where batch_id = ${id} and issue_id = ${issue_id} and submitting_at is not null`.execute(
    db,
  );
  return rows[0]?.members ?? null;
}

function readRow(row: Row, was_uncertain: boolean): ClaimedBatch {
  const members = (row.members ?? []).map(([delivery_id, subscriber_id, email, round]) => ({
    delivery_id,
    subscriber_id,
    email,
    round,
  }));
  return { ...row, was_uncertain, members };
}
