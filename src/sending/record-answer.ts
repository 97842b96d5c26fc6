import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { maskAddresses } from '../log.ts';
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
        await recordUnknown(tx, batch, answer.reason, now);
        await settle(tx, batch, 'unknown', answer.reason, now);
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

async function recordUnknown(tx: Tx, batch: ClaimedBatch, reason: string, now: Date): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ status: 'unknown', unknown_at: now, reason })
    .where('batch_id', '=', batch.id)
    .where('status', '=', 'submitting')
    .execute();
}

async function settle(tx: Tx, batch: ClaimedBatch, status: 'settled' | 'unknown', answer: string, now: Date) {
  await tx
    .updateTable('batches')
    .set({ status, last_answer: answer, settled_at: now })
    .where('id', '=', batch.id)
    .execute();
  await finishIssueWhenDone(tx, batch.issue_id, now);
}

/** This attempt was certainly not processed; what an earlier one left open stays open. */
async function handBack(tx: Tx, batch: ClaimedBatch, answer: string): Promise<void> {
  await tx
    .updateTable('batches')
    .set({ last_answer: answer, ...(batch.was_uncertain ? {} : { status: 'queued', uncertain_since: null }) })
    .where('id', '=', batch.id)
    .where('status', '=', 'submitting')
    .execute();
}
