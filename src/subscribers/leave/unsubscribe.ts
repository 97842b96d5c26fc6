import type { Context } from '../../context.ts';
import type { Row } from '../../database/schema.ts';

/** Takes effect at once, also before the goodbye to a reader who did not answer. Idempotent. */
export async function unsubscribe({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: now(), suppressed_at: null, suppressed_reason: null })
    .where('id', '=', subscriberId)
    .where(({ and, eb, or }) =>
      or([
        eb('status', 'in', ['active', 'pending']),
        and([eb('status', '=', 'suppressed'), eb('suppressed_reason', '=', 'inactive')]),
      ]),
    )
    .execute();
}

/** How long the mail's link can undo an unsubscribe, such as one by somebody the mail was forwarded to. */
const UNDO_WINDOW_MS = 7 * 86_400_000;

/** Whether an undo would reactivate this reader: they had confirmed, left recently, and were not suppressed. */
export function canUndo(
  { status, confirmed_at, unsubscribed_at, suppressed_at }: Row<'subscribers'>,
  now: Date,
): boolean {
  const isTooLate = now.getTime() - (unsubscribed_at?.getTime() ?? 0) > UNDO_WINDOW_MS;
  return status === 'unsubscribed' && confirmed_at !== null && suppressed_at === null && !isTooLate;
}

/** Returns whether the reader was reactivated. */
export async function undoUnsubscribe({ db, now }: Context, subscriberId: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const subscriber = await tx
      .selectFrom('subscribers')
      .selectAll()
      .where('id', '=', subscriberId)
      .forUpdate()
      .executeTakeFirst();
    if (!subscriber || !canUndo(subscriber, now())) {
      return false;
    }
    await tx
      .updateTable('subscribers')
      // Whoever comes back reads: a question whether they still want it is answered.
      .set({ status: 'active', unsubscribed_at: null, engaged_at: now(), still_asked_at: null })
      .where('id', '=', subscriberId)
      .execute();
    return true;
  });
}
