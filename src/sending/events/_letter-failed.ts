import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { monthOfDigest, oweDigest } from '../../subscribers/preferences/digest-recipients.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { ResendEvent } from './read-event.ts';

/** An event that comes later than this may be about a mail that was replaced since. */
const RECENT_MS = 24 * 3_600_000;

/**
 * Resend had accepted a letter and did not send it, because of a quota for example. What the reader has missed is owed to them again,
 * and staff are told once per day and kind.
 */
export async function recordFailedLetter(
  context: Context,
  tx: Tx,
  readerId: number | undefined,
  { created_at, data }: ResendEvent,
): Promise<void> {
  const now = context.now();
  const kind = data.tags?.letter ?? 'letter';
  const month = monthOfDigest(kind);
  if (readerId !== undefined && month !== undefined) {
    await oweDigest(tx, readerId, month, data.tags?.order, now);
  } else if (readerId !== undefined && now.getTime() < created_at.getTime() + RECENT_MS) {
    await oweAgain(tx, kind, readerId, created_at);
  }
  const day = now.toISOString().slice(0, 10);
  await notifyStaff(context, tx, `failed ${kind} ${day}`, {
    title: `Not sent: ${kind}`,
    message:
      `Resend accepted at least one mail of the kind “${kind}” and did not send it (${data.failed?.reason ?? 'no reason given'}).` +
      (month
        ? ` \`verdicts issue digest ${month} --send\` sends the digest to the readers who missed it.`
        : ''),
  });
}

/** A confirmation may be asked for at once, and nobody is removed for not answering what did not come. */
async function oweAgain(tx: Tx, kind: string, readerId: number, at: Date): Promise<void> {
  const reader = tx.updateTable('subscribers').where('id', '=', readerId);
  if (kind === 'confirmation') {
    await reader.set({ asked_times: 0 }).where('status', '=', 'pending').execute();
  } else if (kind === 'reminder') {
    await reader
      .set({ reminded_at: null })
      .where('status', '=', 'pending')
      .where('reminded_at', '<=', at)
      .execute();
  } else if (kind === 'still-want-this') {
    await reader
      .set({ still_asked_at: null })
      .where('status', '=', 'active')
      .where('still_asked_at', '<=', at)
      .execute();
  }
}
