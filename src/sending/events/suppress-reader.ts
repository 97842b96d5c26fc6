import type { Tx } from '../../database/connect.ts';
import { hashAddress } from '../../subscribers/address/hash-address.ts';
import { suppressSubscriber } from '../../subscribers/leave/suppress.ts';
import type { SuppressionCause } from './read-event.ts';

/**
 * Nothing goes to this reader any more. What bounced at an address that they have left since says nothing of the new
 * one; a complaint stops them there too, and the old address stays stopped.
 */
export async function suppressReader(
  tx: Tx,
  subscriberId: number,
  reason: SuppressionCause | 'bouncing',
  at: Date,
  movedSince: readonly (Buffer | null)[],
): Promise<void> {
  if (movedSince.length > 0 && reason !== 'complained') {
    return;
  }
  await suppressSubscriber(tx, subscriberId, reason, at);
  for (const email_hash of movedSince) {
    await (email_hash && suppressHash(tx, email_hash, reason, at));
  }
}

/** The addresses, as hashes, that a reader left: all, those after so many moves, or after a time. */
export async function listAddressChanges(
  tx: Tx,
  subscriberId: number,
  { after = 0, since }: { after?: number; since?: Date } = {},
): Promise<(Buffer | null)[]> {
  const moves = await tx
    .selectFrom('address_changes')
    .select(['replaced_hash', 'confirmed_at'])
    .where('subscriber_id', '=', subscriberId)
    .where('confirmed_at', 'is not', null)
    .orderBy('confirmed_at')
    .execute();
  return moves
    .slice(after)
    .filter(({ confirmed_at }) => !since || (confirmed_at && confirmed_at > since))
    .map(({ replaced_hash }) => replaced_hash);
}

/** A mail that asked the owner of a new address: nothing more goes there, whoever it is of by now. */
export async function suppressNewAddress(
  tx: Tx,
  changeId: number,
  reason: SuppressionCause,
  at: Date,
): Promise<void> {
  const change = await findChange(tx, changeId);
  if (change?.confirmed_at) {
    await suppressSubscriber(tx, change.subscriber_id, reason, at);
  } else if (change) {
    await suppressHash(tx, await hashAddress(tx, change.email), reason, at);
  }
}

/** A mail that told the old address of a change: it stays stopped, the reader has another. */
export async function suppressOldAddress(
  tx: Tx,
  changeId: number,
  reason: SuppressionCause,
  at: Date,
): Promise<void> {
  const change = await findChange(tx, changeId);
  if (change?.replaced_hash) {
    await suppressHash(tx, change.replaced_hash, reason, at);
  }
}

function findChange(tx: Tx, changeId: number) {
  return tx.selectFrom('address_changes').selectAll().where('id', '=', changeId).executeTakeFirst();
}

async function suppressHash(
  tx: Tx,
  email_hash: Buffer,
  reason: SuppressionCause | 'bouncing',
  at: Date,
): Promise<void> {
  await tx
    .insertInto('suppressions')
    .values({ email_hash, reason, created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
