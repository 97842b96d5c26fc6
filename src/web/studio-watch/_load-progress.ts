import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { listVariants, type Variant } from '../../issues/select/variants.ts';
import { type LaneReport, loadLaneReports } from '../../sending/lane-control/lane-reports.ts';
import { isLanePaused } from '../../sending/lanes/is-lane-paused.ts';
import { loadGroups, type SendingGroup } from '../../sending/deliveries/load-groups.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';

const RATE_WINDOW_MS = 30_000;

export interface Progress {
  counts: Partial<Record<DeliveryStatus, number>>;
  /** Mails of the issue. */
  total: number;
  /** Mails that are neither waiting, nor being submitted, nor cancelled. */
  done: number;
  /** Mails per second over the last half minute; undefined unless the issue is being sent. */
  rate: number | undefined;
  /** Readers by the time at which they get it; a single group if nobody chose their own morning. */
  groups: readonly SendingGroup[];
  /** Mails for mornings still to come, through lanes that are not paused; `next_at` is the next of these mornings. */
  later: number;
  next_at: Date | undefined;
  variants: readonly Variant[];
  /** How much of it goes through each lane; empty if there is nothing to say about lanes. */
  lanes: readonly LaneReport[];
}

/** How far sending has come; takes no longer for a million readers than for one. */
export async function loadProgress(context: Context, issue: Issue): Promise<Progress> {
  const { db, now } = context;
  const counts = await countDeliveries(db, issue.id);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const groups = await loadGroups(db, issue.id);
  const isOpen = issue.status === 'sending' || issue.status === 'paused';
  const waiting = isOpen ? groups.filter(({ send_at }) => send_at && send_at > now()) : [];
  const lanes = await loadLaneReports(context, issue.id);
  const heldUp = lanes.some(({ state }) => state) ? await countLaterInPausedLanes(context, issue) : 0;
  const progress = {
    counts,
    total,
    done: total - (counts.queued ?? 0) - (counts.submitting ?? 0) - (counts.cancelled ?? 0),
    groups,
    later: waiting.reduce((sum, { mails, done }) => sum + mails - done, 0) - heldUp,
    next_at: waiting[0]?.send_at ?? undefined,
    variants: await listVariants(db, issue.id),
    lanes,
  };
  if (issue.status !== 'sending' || !issue.prepared_at) {
    return { ...progress, rate: undefined };
  }
  const from = Math.max(issue.prepared_at.getTime(), now().getTime() - RATE_WINDOW_MS);
  // Batches of mails that are sent again have no stored number.
  const { rows } = await sql<{ mails: number }>`
    select coalesce(sum(coalesce(mails, (
        select count(*) from deliveries where issue_id = ${issue.id} and batch_id = batches.id))), 0)::integer as mails
    from batches where issue_id = ${issue.id} and status = 'settled' and settled_at > ${new Date(from)}`.execute(
    db,
  );
  const seconds = Math.max(1, (now().getTime() - from) / 1000);
  return { ...progress, rate: (rows[0]?.mails ?? 0) / seconds };
}

async function countLaterInPausedLanes({ config, db, now }: Context, { id }: Issue): Promise<number> {
  const { rows } = await sql<{ mails: number }>`
    select coalesce(sum(mails), 0)::integer as mails from batches
    where issue_id = ${id} and status = 'queued' and send_at > ${now()} and ${isLanePaused(config)}`.execute(
    db,
  );
  return rows[0]?.mails ?? 0;
}
