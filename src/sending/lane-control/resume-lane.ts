import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { requeueStalled } from '../prepare/requeue-stalled.ts';
import { requireLane } from './_require-lane.ts';

/** Throws `invalid_input` for a lane that is not in the settings, `refused` if nothing stops it. */
export async function resumeLane(context: Context, number: number): Promise<void> {
  const lane = requireLane(context, number);
  const resumed = await clearPause(context.db, context.now())
    .where('id', '=', lane.number)
    .where(({ eb, or }) => or([eb('paused_at', 'is not', null), eb('stopped_at', 'is not', null)]))
    .returning('id')
    .executeTakeFirst();
  if (!resumed) {
    throw new AppError('refused', `Lane ${number} is not paused.`);
  }
  await requeueStalled(context);
}

/** Resumes lanes whose quota or ceiling has reset; their batches are enqueued with those that have no job. */
export async function resumeDueLanes({ db, log, now }: Context): Promise<void> {
  const resumed = await clearPause(db, now()).where('resume_at', '<=', now()).returning('id').execute();
  for (const { id } of resumed) {
    log.info({ lane: id }, 'a lane was resumed');
  }
}

function clearPause(db: Db, now: Date) {
  return db.updateTable('send_rate').set({
    paused_at: null,
    paused_reason: null,
    resume_at: null,
    resumed_at: now,
    stopped_at: null,
    stopped_reason: null,
    probed_at: null,
  });
}
