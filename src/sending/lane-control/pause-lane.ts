import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError, maskAddresses } from '../../errors.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { describeTime } from '../../week.ts';
import { type Halt, nextCeilingAt } from '../rules/batch-outcome.ts';
import { addLanes } from '../lanes/add-lanes.ts';
import { domainOf, type Lane } from '../lanes/lanes.ts';
import { requireLane } from './_require-lane.ts';

/**
 * No further batch of this lane is claimed; those in flight are completed, and the other lanes go on. Staff are notified once for each
 * time that it stops.
 */
export async function pauseLane(context: Context, tx: Tx, lane: Lane, halt: Halt): Promise<void> {
  const { reason, resume_at, is_general } = halt;
  const now = context.now();
  let isNew = await setPaused(tx, lane, now, reason, resume_at);
  if (is_general) {
    // Letters, which go through lane 1, stop with it; one a minute is sent to find out whether Resend accepts mail again.
    const stopped = await tx
      .updateTable('send_rate')
      .set({ stopped_at: now, stopped_reason: reason, probed_at: sql`clock_timestamp()` })
      .where('id', '=', lane.number)
      .where('stopped_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    isNew ||= stopped !== undefined;
  }
  if (isNew) {
    const next = resume_at
      ? `It resumes automatically at ${describeTime(resume_at)}.`
      : `Fix the cause, then run \`verdicts lanes resume ${lane.number}\`.`;
    await notifyStaff(context, tx, `lane ${lane.number} paused ${now.toISOString()}`, {
      title: `Paused: lane ${lane.number}`,
      message: `Nothing goes through lane ${lane.number} (${domainOf(lane)}): ${maskAddresses(reason)}. The other lanes go on. ${next}`,
    });
  }
}

/** As planned, so staff are not notified: the rest goes out under tomorrow's ceiling. */
export async function pauseLaneForCeiling(context: Context, lane: Lane, reason: string): Promise<void> {
  const now = context.now();
  await context.db.transaction().execute(async (tx) => {
    if (await setPaused(tx, lane, now, reason, nextCeilingAt(now))) {
      context.log.info({ lane: lane.number, reason }, 'a lane is paused until tomorrow');
    }
  });
}

/** By staff. Throws `invalid_input` for a lane that is not in the settings, `refused` if it is paused already. */
export async function pauseLaneByHand(context: Context, number: number, reason: string): Promise<void> {
  const lane = requireLane(context, number);
  await context.db.transaction().execute(async (tx) => {
    await addLanes(tx, [lane]);
    if (!(await setPaused(tx, lane, context.now(), reason, null))) {
      throw new AppError('refused', `Lane ${number} is already paused.`);
    }
  });
}

/** False if it is paused already. Without a time to resume at, one that would resume by itself waits for staff from now on. */
async function setPaused(
  tx: Tx,
  { number }: Lane,
  now: Date,
  reason: string,
  resume_at: Date | null,
): Promise<boolean> {
  const paused = await tx
    .updateTable('send_rate')
    .set({ paused_at: now, paused_reason: reason, resume_at })
    .where('id', '=', number)
    .where(({ eb, or }) =>
      or([eb('paused_at', 'is', null), ...(resume_at ? [] : [eb('resume_at', 'is not', null)])]),
    )
    .returning('id')
    .executeTakeFirst();
  return paused !== undefined;
}
