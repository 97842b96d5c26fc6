import type { Context } from '../context.ts';

/** `gone`: the reader left since this link was sent, and would have to sign up again. */
export type ConfirmationState = 'pending' | 'active' | 'gone';

/** Undefined for a subscriber who does not exist. */
export async function findConfirmation(
  { db }: Context,
  subscriberId: number,
): Promise<{ state: ConfirmationState; email: string } | undefined> {
  const subscriber = await db
    .selectFrom('subscribers')
    .select(['status', 'email'])
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  if (!subscriber) {
    return undefined;
  }
  const { status, email } = subscriber;
  return { state: status === 'pending' || status === 'active' ? status : 'gone', email };
}

/** Makes a pending reader active; anybody else stays as they are. */
export async function confirmSubscriber({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: now(), paused_until: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'pending')
    .execute();
}
