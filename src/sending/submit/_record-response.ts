import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { maskAddresses } from '../../log.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { type BatchOutcome, haltAfter, outcomeOf } from '../rules/batch-outcome.ts';
import type { ClaimedBatch } from './_claim-batch.ts';
import { statusesBefore } from '../rules/delivery-status.ts';
import { pauseIssueFor } from '../control/pause.ts';
import type { SendResult, MailResult } from '../rules/parse-response.ts';
import { giveBackToday } from '../limits/warm-up.ts';

/** Writes what became of a batch, once: an outcome that stands already is left as it is. */
export async function recordResponse(
  context: Context,
  batch: ClaimedBatch,
  answer: SendResult,
): Promise<BatchOutcome> {
  context.log.debug({ batch: batch.id, week: batch.week, answer: answer.kind }, 'batch answered');
  const outcome = outcomeOf(answer, batch.was_uncertain);
  if (answer.kind === 'accepted') {
    await recordMails(context.db, batch, answer.mails, context.now());
  } else {
    await context.db.transaction().execute((tx) => recordOutcome(context, tx, batch, answer, outcome));
  }
  return outcome;
}

/** Deliveries and batch in one statement. */
async function recordMails(
  db: Db,
  batch: ClaimedBatch,
  answers: readonly MailResult[],
  now: Date,
): Promise<void> {
  const ids = batch.members.map((member) => member.delivery_id);
  const resendIds = answers.map((answer) => ('resend_id' in answer ? answer.resend_id : null));
  const reasons = answers.map((answer) => ('rejected' in answer ? maskAddresses(answer.rejected) : null));
  // An event may have come before this: whatever it said stands, only the id is added.
  await sql`
    with answered as (
      update deliveries set
        status = case
          when answer.resend_id is null and status = any(${statusesBefore('reject')}) then 'rejected'
          when answer.resend_id is not null and status = any(${statusesBefore('submitted')}) then 'submitted'
          else status end,
        resend_id = coalesce(deliveries.resend_id, answer.resend_id),
        reason = coalesce(answer.reason, deliveries.reason),
        submitted_at = case when answer.resend_id is null then null else coalesce(submitted_at, ${now}) end,
        rejected_at = case when answer.resend_id is null then ${now}::timestamptz end,
        email = null
      from unnest(${ids}::bigint[], ${resendIds}::uuid[], ${reasons}::text[]) as answer (id, resend_id, reason)
      where deliveries.id = answer.id and deliveries.batch_id = ${batch.id}
    )
    update batches set status = 'settled', last_answer = 'accepted', settled_at = ${now} where id = ${batch.id}`.execute(
    db,
  );
}

async function recordOutcome(
  context: Context,
  tx: Tx,
  batch: ClaimedBatch,
  answer: SendResult,
  outcome: BatchOutcome,
): Promise<void> {
  switch (outcome.kind) {
    case 'settled':
      break;
    case 'unknown':
      await recordUnknown(context, tx, batch, outcome.reason);
      break;
    case 'open':
      await tx
        .updateTable('batches')
        .set({ last_answer: outcome.reason })
        .where('id', '=', batch.id)
        .where('status', '=', 'submitting')
        .execute();
      break;
    case 'released':
      await release(context, tx, batch, outcome.reason);
      break;
  }
  const halt = haltAfter(answer, context.now());
  if (halt) {
    await pauseIssueFor(context, tx, batch.issue_id, halt);
  }
}

/** Who of a batch is without any sign is for staff to see; an event may still settle them. */
async function recordUnknown(context: Context, tx: Tx, batch: ClaimedBatch, reason: string): Promise<void> {
  const now = context.now();
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({ status: 'unknown', unknown_at: now, reason })
    .where('batch_id', '=', batch.id)
    .where('status', 'in', statusesBefore('lose'))
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('batches')
    .set({ status: numUpdatedRows > 0n ? 'unknown' : 'settled', last_answer: reason, settled_at: now })
    .where('id', '=', batch.id)
    .where('status', '=', 'submitting')
    .execute();
  if (numUpdatedRows > 0n) {
    await notifyStaff(context, tx, `unknown ${batch.week} ${batch.id}`, {
      title: `Unknown: ${numUpdatedRows} mails of ${batch.week}`,
      message:
        `${numUpdatedRows} mails of ${batch.week} may or may not have gone out (${reason}); none is sent again by itself. ` +
        `See \`verdicts issue recipients ${batch.week} --status unknown\`, then decide with \`verdicts issue ` +
        `count-as-sent\` or \`send-again ${batch.week} --status unknown\`.`,
      week: batch.week,
    });
  }
}

/**
 * This attempt was certainly not processed, nor any earlier one: nothing is frozen any more. The next attempt asks anew
 * who may get it, and has a key of its own, since nobody knows whether a refusal uses one up.
 */
async function release(context: Context, tx: Tx, batch: ClaimedBatch, answer: string): Promise<void> {
  const handedBack = await tx
    .updateTable('batches')
    .set({
      status: 'queued',
      last_answer: answer,
      first_attempt_at: null,
      uncertain_since: null,
      link_key_id: null,
      hand_backs: sql`hand_backs + 1`,
      idempotency_key: `${batch.week}-${batch.id}-${randomBytes(9).toString('base64url')}`,
    })
    .where('id', '=', batch.id)
    .where('status', '=', 'submitting')
    // Another worker may have tried it since: then its attempt is open.
    .where('attempts', '=', batch.attempt)
    .returning('id')
    .executeTakeFirst();
  if (handedBack) {
    await tx
      .updateTable('deliveries')
      .set({ status: 'queued', submitting_at: null, email: null })
      .where('batch_id', '=', batch.id)
      .where('status', 'in', statusesBefore('hand back'))
      .execute();
    await giveBackToday(context, tx, batch.first_attempt_at, batch.members.length);
  }
}
