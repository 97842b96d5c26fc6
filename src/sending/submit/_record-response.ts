import { sql } from 'kysely';
import { countOf } from '../../count-of.ts';
import type { Context } from '../../context.ts';
import { type Db, preparedStatement, type Tx } from '../../database/connect.ts';
import { maskAddresses } from '../../errors.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { type BatchOutcome, type Halt, haltAfter, outcomeOf } from '../rules/batch-outcome.ts';
import type { ClaimedBatch } from './_claim-batch.ts';
import type { Lane } from '../lanes/lanes.ts';
import { statusesBefore } from '../rules/delivery-status.ts';
import { pauseAfterHalt } from '../control/pause-after-halt.ts';
import type { SendResult, MailResult } from '../rules/parse-response.ts';
import { pauseIfAllRejected } from './_pause-if-all-rejected.ts';
import { releaseBatch } from './_release-batch.ts';

/** Records the outcome of a batch, once: an outcome that is already final is not changed. */
export async function recordResponse(
  context: Context,
  batch: ClaimedBatch,
  lane: Lane,
  result: SendResult,
): Promise<BatchOutcome> {
  context.log.debug({ batch: batch.id, week: batch.week, result: result.kind }, 'response received');
  const outcome = outcomeOf(result, batch.was_uncertain);
  if (result.kind === 'accepted') {
    await recordMails(context.preparedDb, batch, result.mails, context.now());
    await pauseIfAllRejected(context, batch, result.mails);
  } else {
    await context.db.transaction().execute((tx) => recordOutcome(context, tx, batch, lane, result, outcome));
  }
  return outcome;
}

/** Updates deliveries and batch in one statement. */
async function recordMails(
  db: Db,
  batch: ClaimedBatch,
  results: readonly MailResult[],
  now: Date,
): Promise<void> {
  const ids = batch.members.map((member) => member.delivery_id);
  const resendIds = results.map((result) => ('resend_id' in result ? result.resend_id : null));
  const reasons = results.map((result) => ('rejected' in result ? maskAddresses(result.rejected) : null));
  // If an event has already arrived, its status stays. The stored id may be that of an earlier round's mail; this one is not.
  await sql`
    ${preparedStatement('record-mails')}
    with answered as (
      update deliveries set
        status = case
          when answer.resend_id is null and status = any(${statusesBefore('reject')}) then 'rejected'
          when answer.resend_id is not null and status = any(${statusesBefore('submitted')}) then 'submitted'
          else status end,
        resend_id = coalesce(answer.resend_id, deliveries.resend_id),
        reason = coalesce(answer.reason, deliveries.reason),
        submitted_at = case when answer.resend_id is null then null else coalesce(submitted_at, ${now}) end,
        rejected_at = case when answer.resend_id is null then ${now}::timestamptz end,
        email = null
      from unnest(${ids}::bigint[], ${resendIds}::uuid[], ${reasons}::text[]) as answer (id, resend_id, reason)
      where deliveries.id = answer.id and deliveries.batch_id = ${batch.id} and deliveries.issue_id = ${batch.issue_id}
    )
    update batches set status = 'settled', last_answer = 'accepted', settled_at = ${now} where id = ${batch.id}`.execute(
    db,
  );
}

async function recordOutcome(
  context: Context,
  tx: Tx,
  batch: ClaimedBatch,
  lane: Lane,
  result: SendResult,
  outcome: BatchOutcome,
): Promise<void> {
  const halt = haltAfter(result, context.now());
  if (halt) {
    await lockIssues(tx, batch.issue_id, halt);
  }
  switch (outcome.kind) {
    case 'settled':
      break;
    case 'unknown':
      await recordUnknown(context, tx, batch, outcome.reason);
      break;
    case 'pending':
      await tx
        .updateTable('batches')
        .set({ last_answer: outcome.reason })
        .where('id', '=', batch.id)
        .where('status', '=', 'submitting')
        .execute();
      break;
    case 'released':
      await releaseBatch(tx, batch, lane, outcome.reason, context.now());
      break;
  }
  if (halt) {
    await pauseAfterHalt(context, tx, batch, halt);
  }
}

/**
 * Locks the issues that a halt pauses before their batches, as cancelling does. In a fixed order: a refusal pauses all that
 * are being sent, and several batches may be refused at once.
 */
async function lockIssues(tx: Tx, own: number, { is_general }: Halt): Promise<void> {
  await tx
    .selectFrom('issues')
    .select('id')
    .where(({ eb, or }) => or([...(is_general ? [eb('status', '=', 'sending')] : []), eb('id', '=', own)]))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

/** Staff decide about deliveries whose outcome nobody knows; a later event may still settle them. */
async function recordUnknown(context: Context, tx: Tx, batch: ClaimedBatch, reason: string): Promise<void> {
  const now = context.now();
  // Waits for an erasure of one of its readers that is in progress, so that the statements below see it.
  await tx.selectFrom('batches').select('id').where('id', '=', batch.id).forUpdate().execute();
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({ status: 'unknown', unknown_at: now, reason })
    .where('issue_id', '=', batch.issue_id)
    .where('batch_id', '=', batch.id)
    .where('status', 'in', statusesBefore('mark unknown'))
    .executeTakeFirstOrThrow();
  // The addresses of readers erased meanwhile were kept for a retry; there will be none now.
  await tx
    .updateTable('deliveries')
    .set({ email: null })
    .where('issue_id', '=', batch.issue_id)
    .where('batch_id', '=', batch.id)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('subscribers').select('id').whereRef('subscribers.id', '=', 'deliveries.subscriber_id'),
        ),
      ),
    )
    .execute();
  await tx
    .updateTable('batches')
    .set({ status: numUpdatedRows > 0n ? 'unknown' : 'settled', last_answer: reason, settled_at: now })
    .where('id', '=', batch.id)
    .where('status', '=', 'submitting')
    .execute();
  if (numUpdatedRows > 0n) {
    // Once a day: after an outage of Resend every batch ends like this.
    await notifyStaff(context, tx, `unknown ${batch.week} ${now.toISOString().slice(0, 10)}`, {
      title: `Unknown: mails of ${batch.week}`,
      message:
        `At least ${countOf(numUpdatedRows, 'mail')} of ${batch.week} may or may not have been sent (${reason}); none is sent again automatically. ` +
        `See \`verdicts issue recipients ${batch.week} --status unknown\`, then decide with \`verdicts issue ` +
        `count-as-sent\` or \`send-again ${batch.week} --status unknown\`.`,
      week: batch.week,
    });
  }
}
