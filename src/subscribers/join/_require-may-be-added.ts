import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Row } from '../../database/schema.ts';
import { hashAddress } from '../address/hash-address.ts';

type Known = Pick<Row<'subscribers'>, 'status' | 'unsubscribed_at'>;

/** Throws `refused` for a reader who left, was suppressed, was erased or uses another address now: staff may not bring them back. */
export async function requireMayBeAdded(
  tx: Tx,
  email: string,
  known: Known | undefined,
  confirmed_at: Date,
): Promise<void> {
  if (known?.status === 'suppressed') {
    throw new AppError(
      'refused',
      'This subscriber is suppressed: mail to them bounced, was reported as spam, or went unread for a long time.',
    );
  }
  // Somebody else may have entered the address of a reader who left: that makes them pending again, but does not
  // confirm them.
  if (known?.unsubscribed_at) {
    throw new AppError('refused', 'This subscriber has unsubscribed; only they can subscribe again.');
  }
  const hash = await hashAddress(tx, email);
  if (await wasReplaced(tx, hash, confirmed_at)) {
    throw new AppError(
      'refused',
      'A reader has changed this address for another one since they confirmed it.',
    );
  }
  const suppression = await tx
    .selectFrom('suppressions')
    .select('reason')
    .where('email_hash', '=', hash)
    .executeTakeFirst();
  if (suppression) {
    throw new AppError('refused', `This address is on the suppression list: ${suppression.reason}.`);
  }
}

/** Whether a reader has changed this address for another one since that time. */
async function wasReplaced(tx: Tx, hash: Buffer, since: Date): Promise<boolean> {
  const change = await tx
    .selectFrom('address_changes')
    .select('id')
    .where('replaced_hash', '=', hash)
    .where('confirmed_at', '>=', since)
    .executeTakeFirst();
  return change !== undefined;
}
