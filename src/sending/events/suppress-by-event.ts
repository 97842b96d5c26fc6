import type { Tx } from '../../database/connect.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { hashAddress } from '../../subscribers/address/hash-address.ts';
import { suppressSubscriber } from '../../subscribers/leave/suppress.ts';
import {
  addressChangesBefore,
  type letterOf,
  type ResendEvent,
  type SuppressionCause,
  suppressionCauseOf,
  weekOf,
} from './read-event.ts';

/**
 * Stops all mail to this reader. A bounce of an address that they have replaced since says nothing about the new one; a
 * complaint suppresses both.
 */
export async function suppressByEvent(
  tx: Tx,
  subscriberId: number,
  reason: SuppressionCause | 'bouncing',
  at: Date,
  replacedSince: readonly (Buffer | null)[],
): Promise<void> {
  if (replacedSince.length > 0 && reason !== 'complained') {
    return;
  }
  await suppressSubscriber(tx, subscriberId, reason, at);
  for (const email_hash of replacedSince) {
    await (email_hash && suppressHash(tx, email_hash, reason, at));
  }
}

/**
 * For a mail of a past issue, whose deliveries are summarized: whoever complains about it gets no more either. Only the address is
 * known, so this suppresses the reader who has it now, or else the address.
 */
export async function suppressRecipientOf(tx: Tx, event: ResendEvent): Promise<void> {
  const reason = suppressionCauseOf(event);
  const week = weekOf(event);
  if (!reason || !event.recipient || week === undefined) {
    return;
  }
  const issue = await tx.selectFrom('issues').select('past_at').where('week', '=', week).executeTakeFirst();
  if (!issue?.past_at) {
    return;
  }
  const reader = await findByAddress(tx, event.recipient);
  await (reader
    ? suppressSubscriber(tx, reader.id, reason, event.created_at)
    : suppressHash(tx, await hashAddress(tx, event.recipient), reason, event.created_at));
}

/** Suppresses whom a letter's bounce or complaint concerns. */
export async function suppressByLetter(
  tx: Tx,
  { tag, id }: NonNullable<ReturnType<typeof letterOf>>,
  reason: SuppressionCause,
  event: ResendEvent,
): Promise<void> {
  const at = event.created_at;
  switch (tag) {
    case 'reader': {
      await lockReader(tx, id);
      const changes = await listAddressChanges(tx, id, { after: addressChangesBefore(event) });
      return suppressByEvent(tx, id, reason, at, changes);
    }
    case 'change':
      return suppressNewAddress(tx, id, reason, at);
    case 'left':
      return suppressOldAddress(tx, id, reason, at);
  }
}

/**
 * Whoever complains gets no more mail at that address, also if they are erased by now, or if the mail was that of a reader who had the
 * address before them.
 */
export async function suppressComplainant(tx: Tx, event: ResendEvent): Promise<void> {
  if (suppressionCauseOf(event) !== 'complained' || !event.recipient) {
    return;
  }
  const reader = await findByAddress(tx, event.recipient);
  if (!reader) {
    await suppressHash(tx, await hashAddress(tx, event.recipient), 'complained', event.created_at);
  } else if (reader.status === 'active' || reader.status === 'pending') {
    await suppressSubscriber(tx, reader.id, 'complained', event.created_at);
  }
}

/** Before their address changes are read: one that is being confirmed must not be missed. */
export async function lockReader(tx: Tx, subscriberId: number): Promise<void> {
  await tx.selectFrom('subscribers').select('id').where('id', '=', subscriberId).forUpdate().execute();
}

/** Hashes of a reader's replaced addresses: all, without the first `after` changes, or only changes after `since`. */
export async function listAddressChanges(
  tx: Tx,
  subscriberId: number,
  { after = 0, since }: { after?: number; since?: Date } = {},
): Promise<(Buffer | null)[]> {
  const changes = await tx
    .selectFrom('address_changes')
    .select(['replaced_hash', 'confirmed_at'])
    .where('subscriber_id', '=', subscriberId)
    .where('confirmed_at', 'is not', null)
    .orderBy('confirmed_at')
    .execute();
  return changes
    .slice(after)
    .filter(({ confirmed_at }) => !since || (confirmed_at && confirmed_at > since))
    .map(({ replaced_hash }) => replaced_hash);
}

/** For the mail that asked a new address to confirm: suppresses that address, confirmed by now or not. */
async function suppressNewAddress(
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

/** For the mail that notified the old address of a change: suppresses that address, not the reader. */
async function suppressOldAddress(
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
    // Whoever was erased may sign up again, but not whoever complains after that.
    .onConflict((conflict) =>
      conflict.column('email_hash').doUpdateSet({ reason }).where('suppressions.reason', '=', 'erased'),
    )
    .execute();
}
