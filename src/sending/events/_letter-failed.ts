import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { monthOfDigest, oweDigest } from '../../issues/results/digest-readers.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { describeTime } from '../../week.ts';
import type { ResendEvent } from './read-event.ts';

/**
 * Resend remembers an idempotency key for this long: until then it would not send the same mail, whatever its response.
 */
const REMEMBERED_MS = 24 * 3_600_000;

/**
 * Resend had accepted a letter and did not send it, because of a quota for example. What the reader has missed is owed to them again,
 * and staff are told once per day and kind. An event that comes more than a day late may be about a mail that was replaced since.
 */
export async function recordFailedLetter(
  context: Context,
  tx: Tx,
  readerId: number | undefined,
  { created_at, data }: ResendEvent,
): Promise<void> {
  const now = context.now();
  const kind = data.tags?.letter ?? 'letter';
  const until = new Date(created_at.getTime() + REMEMBERED_MS);
  if (readerId !== undefined && now < until) {
    await oweAgain(tx, kind, readerId, created_at);
  }
  const day = now.toISOString().slice(0, 10);
  const month = monthOfDigest(kind);
  await notifyStaff(context, tx, `failed ${kind} ${day}`, {
    title: `Not sent: ${kind}`,
    message:
      `Resend accepted at least one mail of the kind “${kind}” and did not send it (${data.failed?.reason ?? 'no reason given'}).` +
      (month
        ? ` \`verdicts issue digest ${month} --send\` sends the digest to whoever it was, but not before ${describeTime(until)}: until then Resend would treat it as the same mail and not send it.`
        : ''),
  });
}

/** A digest is owed, a confirmation may be asked for at once, and nobody is removed for not answering what did not come. */
async function oweAgain(tx: Tx, kind: string, readerId: number, at: Date): Promise<void> {
  const month = monthOfDigest(kind);
  if (month !== undefined) {
    return oweDigest(tx, readerId, month);
  }
  const reader = tx.updateTable('subscribers').where('id', '=', readerId);
  if (kind === 'confirmation') {
    await reader.set({ asked_times: 0 }).where('status', '=', 'pending').execute();
  } else if (kind === 'reminder') {
    await reader.set({ reminded_at: null }).where('status', '=', 'pending').execute();
  } else if (kind === 'still-want-this') {
    await reader
      .set({ still_asked_at: null })
      .where('status', '=', 'active')
      .where('still_asked_at', '<=', at)
      .execute();
  }
}
