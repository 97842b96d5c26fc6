import type { Context } from '../../context.ts';
import type { Row } from '../../database/schema.ts';

/** Honoured at once; a second time changes nothing. */
export async function unsubscribe({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: now() })
    .where('id', '=', subscriberId)
    .where('status', 'in', ['active', 'pending'])
    .execute();
}

/** How long a mail that was passed on, and unsubscribed its owner, can be set right by its link. */
const UNDO_WITHIN_MS = 7 * 86_400_000;

/** Whether an undo would bring this reader back: they had confirmed, left lately, and nobody else stopped them. */
export function canUndo(
  { status, confirmed_at, unsubscribed_at, suppressed_at }: Row<'subscribers'>,
  now: Date,
): boolean {
  const isLate = now.getTime() - (unsubscribed_at?.getTime() ?? 0) > UNDO_WITHIN_MS;
  return status === 'unsubscribed' && confirmed_at !== null && suppressed_at === null && !isLate;
}

/** Returns whether it brought the reader back. */
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
      .set({ status: 'active', unsubscribed_at: null })
      .where('id', '=', subscriberId)
      .execute();
    return true;
  });
}
