import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { RetryLater } from '../limits/rate-limit.ts';
import { isTooOldToRetry, tooOld } from '../rules/batch-outcome.ts';
import { listLanes } from '../lanes/lanes.ts';
import { claimAgain } from './_claim-batch.ts';
import { recordResponse } from './_record-response.ts';

/**
 * For a batch of a lane that is no longer in the settings: one that was never attempted goes through lane 1. Only the
 * lane's own team knows about a batch that may have been processed, so that batch waits for the lane to come back; its
 * outcome is unknown once Resend has forgotten the key.
 */
export async function handleRemovedLane(context: Context, batchId: number, number: number): Promise<void> {
  const [first] = listLanes(context.config);
  const moved = await context.db
    .updateTable('batches')
    .set({ lane: first.number })
    .where('id', '=', batchId)
    .where('status', '=', 'queued')
    .where('lane', '=', number)
    .returning('id')
    .executeTakeFirst();
  if (moved) {
    return;
  }
  const { rows } = await sql<{ uncertain_ms: number }>`
    select (1000 * extract(epoch from clock_timestamp() - uncertain_since))::float8 as uncertain_ms
    from batches where id = ${batchId} and status = 'submitting'`.execute(context.db);
  const [open] = rows;
  if (open && !isTooOldToRetry(open.uncertain_ms)) {
    throw new RetryLater(
      `lane ${number} is no longer in the settings; put it back until this batch is settled`,
    );
  }
  const batch = await claimAgain(context.preparedDb, batchId, number);
  await (batch && recordResponse(context, batch, first, tooOld(open?.uncertain_ms ?? 0)));
}
