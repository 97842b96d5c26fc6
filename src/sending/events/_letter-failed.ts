import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { oweDigest } from '../../issues/results/digest-readers.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { ResendEvent } from './read-event.ts';

/**
 * Resend had accepted a letter and did not send it, because of a quota for example. The digest is owed again, whoever asked for a
 * confirmation may ask at once, and staff are told once a day and kind.
 */
export async function recordFailedLetter(
  context: Context,
  tx: Tx,
  readerId: number | undefined,
  { data }: ResendEvent,
): Promise<void> {
  const kind = data.tags?.letter ?? 'letter';
  const month = /^digest-(\d{4}-\d{2})$/.exec(kind)?.[1];
  if (readerId !== undefined && month !== undefined) {
    await oweDigest(tx, readerId, month);
  }
  if (readerId !== undefined && kind === 'confirmation') {
    await tx
      .updateTable('subscribers')
      .set({ asked_times: 0 })
      .where('id', '=', readerId)
      .where('status', '=', 'pending')
      .execute();
  }
  const day = context.now().toISOString().slice(0, 10);
  await notifyStaff(context, tx, `failed ${kind} ${day}`, {
    title: `Not sent: ${kind}`,
    message:
      `Resend accepted at least one mail of the kind “${kind}” and did not send it (${data.failed?.reason ?? 'no reason given'}).` +
      (month ? ` \`verdicts issue digest ${month} --send\` sends the digest to whoever it was.` : ''),
  });
}
