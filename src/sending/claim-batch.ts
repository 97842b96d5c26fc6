import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../database.ts';
import type { Envelope, Rendering } from '../issues/render.tsx';
import type { Row } from '../schema.ts';

export interface Member {
  delivery_id: number;
  subscriber_id: number;
  email: string;
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
  rendering: Rendering;
}

/** Whether there is something to do that is worth a slot of the shared rate. */
export async function isBatchDue({ db }: Context, batchId: number): Promise<boolean> {
  const batch = await db.selectFrom('batches').selectAll().where('id', '=', batchId).executeTakeFirst();
  return batch !== undefined && isSendable(db, batch);
}

/** Undefined when there is nothing to do: settled before, cancelled, or its issue is not being sent now. */
export async function claimBatch(context: Context, batchId: number): Promise<ClaimedBatch | undefined> {
  const now = context.now();
  return context.db.transaction().execute(async (tx) => {
    const batch = await tx
      .selectFrom('batches')
      .selectAll()
      .where('id', '=', batchId)
      .forUpdate()
      .executeTakeFirst();
    if (!batch || !(await isSendable(tx, batch))) {
      return undefined;
    }
    const uncertain_since = batch.uncertain_since ?? now;
    const link_key_id = batch.link_key_id ?? context.linkKeys.newest;
    if (!batch.first_attempt_at) {
      await freezeMembers(tx, batchId, now);
    }
    await tx
      .updateTable('batches')
      .set({
        status: 'submitting',
        first_attempt_at: batch.first_attempt_at ?? now,
        uncertain_since,
        link_key_id,
        attempts: batch.attempts + 1,
      })
      .where('id', '=', batchId)
      .execute();
    return {
      id: batch.id,
      issue_id: batch.issue_id,
      idempotency_key: batch.idempotency_key,
      link_key_id,
      uncertain_since,
      was_uncertain: batch.uncertain_since !== null,
      attempt: batch.attempts + 1,
      members: await listMembers(tx, batchId),
      ...(await loadRendering(tx, batch.issue_id)),
    };
  });
}

/** A batch whose outcome is open is brought to its end even when its issue was paused or cancelled meanwhile. */
async function isSendable(db: Db | Tx, batch: Row<'batches'>): Promise<boolean> {
  const { status } = await db
    .selectFrom('issues')
    .select('status')
    .where('id', '=', batch.issue_id)
    .executeTakeFirstOrThrow();
  return batch.status === 'submitting' || (batch.status === 'queued' && status === 'sending');
}

/** Asks once more who may get it: whoever left or paused since `prepare` is skipped, with the reason. */
async function freezeMembers(tx: Tx, batchId: number, now: Date): Promise<void> {
  await sql`
    update deliveries set
      status = case when obstacle is null then 'submitting' else 'skipped' end,
      reason = obstacle,
      email = case when obstacle is null then asked.email end,
      submitting_at = case when obstacle is null then ${now}::timestamptz end,
      skipped_at = case when obstacle is null then null else ${now}::timestamptz end
    from (
      select member.id, reader.email,
        case when reader.id is null then 'erased'
          when reader.status <> 'active' then coalesce(reader.suppressed_reason, reader.status)
          when reader.paused_until > ${now} then 'paused' end as obstacle
      from deliveries as member left join subscribers as reader on reader.id = member.subscriber_id
      where member.batch_id = ${batchId} and member.status = 'queued'
    ) as asked
    where asked.id = deliveries.id`.execute(tx);
}

/** Whoever the first attempt froze, though an event may have moved some of them on since: a retry has the same bytes. */
async function listMembers(tx: Tx, batchId: number): Promise<Member[]> {
  const rows = await tx
    .selectFrom('deliveries')
    .select(['id as delivery_id', 'subscriber_id', 'email'])
    .where('batch_id', '=', batchId)
    .where('submitting_at', 'is not', null)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({ ...row, email: row.email ?? '' }));
}

async function loadRendering(tx: Tx, issueId: number): Promise<{ week: string; rendering: Rendering }> {
  const { week, envelope, ...rendering } = await tx
    .selectFrom('issue_renderings')
    .innerJoin('issues', 'issues.id', 'issue_renderings.issue_id')
    .select(['week', 'subject', 'html', 'text', 'envelope'])
    .where('issue_id', '=', issueId)
    .executeTakeFirstOrThrow();
  return { week, rendering: { ...rendering, envelope: envelope as Envelope } };
}
