import type { Context } from '../../context.ts';
import type { Row } from '../../database/schema.ts';

/**
 * Takes effect at once, even for a reader who was suppressed as inactive and whose goodbye is still to be sent.
 * Idempotent.
 */
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

/** How long the link in the mail can undo an unsubscribe, such as one by somebody to whom the mail was forwarded. */
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
      // A reader who comes back reads the newsletter, which answers the question whether they still want it.
      .set({
        status: 'active',
        unsubscribed_at: null,
        returned_at: now(),
        engaged_at: now(),
        still_asked_at: null,
      })
      .where('id', '=', subscriberId)
      .execute();
    return true;
  });
}
