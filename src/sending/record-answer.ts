import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { maskAddresses } from '../log.ts';
import { tellStaff } from '../staff-notices.ts';
import type { ClaimedBatch } from './claim-batch.ts';
import { finishIssueWhenDone } from './finish.ts';
import { pauseIssueFor } from './pause.ts';
import type { Answer, MailAnswer } from './read-answer.ts';

/** Writes what became of a batch, once: an outcome that stands already is left as it is. */
export async function recordAnswer(context: Context, batch: ClaimedBatch, answer: Answer): Promise<void> {
  const now = context.now();
  context.log.debug({ batch: batch.id, week: batch.week, answer: answer.kind }, 'batch answered');
  await context.db.transaction().execute(async (tx) => {
    switch (answer.kind) {
      case 'accepted':
        await recordMails(tx, batch, answer.mails, now);
        await settle(tx, batch, 'settled', 'accepted', now);
        break;
      case 'unknown':
        await recordUnknown(context, tx, batch, answer.reason, now);
        break;
      case 'pause':
        await handBack(tx, batch, answer.reason);
        await pauseIssueFor(context, tx, batch.issue_id, `Resend answered ${answer.reason}`);
        break;
      case 'wait':
        await handBack(tx, batch, '429 rate_limit_exceeded');
        break;
      case 'retry':
        await tx
          .updateTable('batches')
          .set({ last_answer: answer.reason })
          .where('id', '=', batch.id)
          .execute();
        break;
    }
  });
}

async function recordMails(
  tx: Tx,
  batch: ClaimedBatch,
  answers: readonly MailAnswer[],
  now: Date,
): Promise<void> {
  const ids = batch.members.map((member) => member.delivery_id);
  const resendIds = answers.map((answer) => ('resend_id' in answer ? answer.resend_id : null));
  const reasons = answers.map((answer) => ('rejected' in answer ? maskAddresses(answer.rejected) : null));
  // An event may have come before this: whatever it said stands, only the id is added.
  await sql`
    update deliveries set
      status = case when deliveries.status not in ('submitting', 'unknown') then deliveries.status
        when answer.resend_id is null then 'rejected' else 'submitted' end,
      resend_id = coalesce(deliveries.resend_id, answer.resend_id),
      reason = coalesce(answer.reason, deliveries.reason),
      submitted_at = case when answer.resend_id is null then null else coalesce(submitted_at, ${now}) end,
      rejected_at = case when answer.resend_id is null then ${now}::timestamptz end,
      email = null
    from unnest(${ids}::bigint[], ${resendIds}::uuid[], ${reasons}::text[]) as answer (id, resend_id, reason)
    where deliveries.id = answer.id`.execute(tx);
}

/** Who of a batch is without any sign is for staff to see; an event may still settle them. */
async function recordUnknown(context: Context, tx: Tx, batch: ClaimedBatch, reason: string, now: Date) {
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({ status: 'unknown', unknown_at: now, reason })
    .where('batch_id', '=', batch.id)
    .where('status', '=', 'submitting')
    .executeTakeFirstOrThrow();
  await settle(tx, batch, numUpdatedRows > 0n ? 'unknown' : 'settled', reason, now);
  if (numUpdatedRows > 0n) {
    await tellStaff(
      context,
      tx,
      `unknown ${batch.week} ${batch.id}`,
      `${numUpdatedRows} mails of ${batch.week} may or may not have gone out (${reason}); none is sent again by itself. ` +
        `See \`verdicts issue recipients ${batch.week} --status unknown\`.`,
    );
  }
}

async function settle(tx: Tx, batch: ClaimedBatch, status: 'settled' | 'unknown', answer: string, now: Date) {
  await tx
    .updateTable('batches')
    .set({ status, last_answer: answer, settled_at: now })
    .where('id', '=', batch.id)
    .execute();
  await finishIssueWhenDone(tx, batch.issue_id, now);
}

/**
 * This attempt was certainly not processed. If no earlier one left anything open, nothing is frozen any more: the next
 * attempt asks anew who may get it, and has a key of its own, since nobody knows whether a refusal uses one up.
 */
async function handBack(tx: Tx, batch: ClaimedBatch, answer: string): Promise<void> {
  const freed = {
    status: 'queued' as const,
    first_attempt_at: null,
    uncertain_since: null,
    link_key_id: null,
    idempotency_key: `${batch.week}-${batch.id}-${randomBytes(9).toString('base64url')}`,
  };
  const handedBack = await tx
    .updateTable('batches')
    .set({ last_answer: answer, ...(batch.was_uncertain ? {} : freed) })
    .where('id', '=', batch.id)
    .where('status', '=', 'submitting')
    // Another worker may have tried it since: then its attempt is open.
    .where('attempts', '=', batch.attempt)
    .returning('id')
    .executeTakeFirst();
  if (handedBack && !batch.was_uncertain) {
    await tx
      .updateTable('deliveries')
      .set({ status: 'queued', submitting_at: null, email: null })
      .where('batch_id', '=', batch.id)
      .where('status', '=', 'submitting')
      .execute();
  }
}
