import type { Context } from '../../context.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { BATCH_SIZE } from '../../sending/prepare/prepare-issue.ts';
import { countDeliveries } from '../../sending/settle/count-deliveries.ts';

const RATE_WINDOW_MS = 30_000;

export interface Progress {
  counts: Partial<Record<DeliveryStatus, number>>;
  /** Mails of the issue. */
  total: number;
  /** Mails that are neither waiting nor being submitted. */
  done: number;
  /** Mails per second over the last half minute; undefined while none is being sent. */
  rate: number | undefined;
}

/** Where an issue stands: as fast for a million readers as for one. */
export async function loadProgress({ db, now }: Context, issue: Issue): Promise<Progress> {
  const counts = await countDeliveries(db, issue.id);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const progress = { counts, total, done: total - (counts.queued ?? 0) - (counts.submitting ?? 0) };
  if (issue.status !== 'sending' || !issue.prepared_at) {
    return { ...progress, rate: undefined };
  }
  const from = Math.max(issue.prepared_at.getTime(), now().getTime() - RATE_WINDOW_MS);
  const { batches } = await db
    .selectFrom('batches')
    .select(({ fn }) => fn.countAll<number>().as('batches'))
    .where('issue_id', '=', issue.id)
    .where('status', '=', 'settled')
    .where('settled_at', '>', new Date(from))
    .executeTakeFirstOrThrow();
  const seconds = Math.max(1, (now().getTime() - from) / 1000);
  // The last batch of an issue may be smaller.
  return { ...progress, rate: Math.min(batches * BATCH_SIZE, progress.done) / seconds };
}
