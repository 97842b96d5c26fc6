import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';

/** Notifies staff once per day and kind that a letter was given up. */
export async function notifyLost(context: Context, tx: Tx, kind: string): Promise<void> {
  const day = context.now().toISOString().slice(0, 10);
  await notifyStaff(context, tx, `lost ${kind} ${day}`, {
    title: `Not submitted: ${kind}`,
    message: `At least one mail of the kind “${kind}” was not submitted on ${day}; see the log for why and how many.`,
  });
}
