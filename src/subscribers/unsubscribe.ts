import type { Context } from '../context.ts';

/** Honoured at once; a second time changes nothing. */
export async function unsubscribe({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: now() })
    .where('id', '=', subscriberId)
    .where('status', 'in', ['active', 'pending'])
    .execute();
}

/** For a mail that was forwarded and unsubscribed its owner: back to active, if they had ever confirmed. */
export async function undoUnsubscribe({ db }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'active', unsubscribed_at: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'unsubscribed')
    .where('confirmed_at', 'is not', null)
    .execute();
}
