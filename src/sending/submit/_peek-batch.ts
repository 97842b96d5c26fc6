import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { preparedStatement } from '../../database/connect.ts';
import type { BatchStatus, IssueStatus } from '../../database/schema.ts';
import type { SendingIssue } from '../control/pause-after-voting-ended.ts';
import { isLanePaused } from '../lanes/is-lane-paused.ts';
import { isSendable } from '../rules/batch-outcome.ts';

export interface PeekedBatch extends SendingIssue {
  issue_id: number;
  lane: number;
  /** Its first attempt is still to come. */
  is_queued: boolean;
  is_sendable: boolean;
}

/** The issue and the lane of a batch, and whether the batch may be sent now: asked before waiting for a slot. */
export async function peekBatch(
  { config, now, preparedDb }: Pick<Context, 'config' | 'now' | 'preparedDb'>,
  batchId: number,
): Promise<PeekedBatch | undefined> {
  const { rows } = await sql<{
    issue_id: number;
    lane: number;
    status: BatchStatus;
    issue_status: IssueStatus;
    prepared_at: Date | null;
    resumed_at: Date | null;
    voting_closed_at: Date | null;
    is_due: boolean;
    is_lane_paused: boolean;
  }>`
    ${preparedStatement('peek-batch')}
    select issue_id, lane, batches.status, issues.status as issue_status, prepared_at, resumed_at, voting_closed_at, coalesce(batches.send_at <= ${now()}, true) as is_due,
      ${isLanePaused(config)} as is_lane_paused
    from batches join issues on issues.id = issue_id where batches.id = ${batchId}`.execute(preparedDb);
  const [batch] = rows;
  return (
    batch && {
      issue_id: batch.issue_id,
      lane: batch.lane,
      prepared_at: batch.prepared_at,
      resumed_at: batch.resumed_at,
      voting_closed_at: batch.voting_closed_at,
      is_queued: batch.status === 'queued',
      is_sendable:
        batch.is_due && isSendable(batch.status, batch.issue_status, { isLanePaused: batch.is_lane_paused }),
    }
  );
}

/** Whether another batch of the issue has to go through the lane before this one: during a warm-up the most engaged come first. */
export async function hasEarlierBatch(
  { db, now }: Pick<Context, 'db' | 'now'>,
  batchId: number,
): Promise<boolean> {
  const { rows } = await sql`
    select from batches as this join batches as earlier on earlier.issue_id = this.issue_id and earlier.lane = this.lane
      and earlier.number < this.number and earlier.status = 'queued' and coalesce(earlier.send_at <= ${now()}, true)
    where this.id = ${batchId} limit 1`.execute(db);
  return rows.length > 0;
}
