import type { Row } from '../../database/schema.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { hashAddress } from '../address/hash-address.ts';

/**
 * Erases a subscriber and keeps only hashes of the addresses that they had, so that no import brings them back. The caller
 * erases the data about sending in the same transaction. Throws `not_found`.
 */
export async function eraseSubscriber(tx: Tx, id: number, now: Date): Promise<void> {
  const subscriber = await lockSubscriber(tx, id);
  // A reader who complained or bounced stays suppressed; any other may come back by signing up.
  const { suppressed_reason } = subscriber;
  const reason = suppressed_reason && suppressed_reason !== 'inactive' ? suppressed_reason : 'erased';
  // A bounce concerns one address, a complaint the person.
  const reasonOfReplaced = reason === 'complained' || reason === 'by staff' ? reason : 'erased';
  const replaced = await tx
    .selectFrom('address_changes')
    .select('replaced_hash')
    .where('subscriber_id', '=', id)
    .where('replaced_hash', 'is not', null)
    .$narrowType<{ replaced_hash: Buffer }>()
    .execute();
  const past = await tx
    .selectFrom('past_consents')
    .select('id')
    .where('subscriber_id', '=', id)
    .executeTakeFirst();
  const wasReader = subscriber.confirmed_at !== null || past !== undefined;
  await tx.deleteFrom('subscribers').where('id', '=', id).execute();
  const hashes = new Map(
    [await hashAddress(tx, subscriber.email), ...replaced.map(({ replaced_hash }) => replaced_hash)].map(
      (hash) => [hash.toString('hex'), hash],
    ),
  );
  await tx
    .insertInto('suppressions')
    .values(
      [...hashes.values()].map((email_hash, index) => ({
        email_hash,
        reason: index === 0 ? reason : reasonOfReplaced,
        created_at: now,
        departed_at: index === 0 && wasReader ? departureOf(subscriber, now) : null,
      })),
    )
    // A reader who was erased before may have come back, and bounced or complained since.
    .onConflict((conflict) =>
      conflict
        .column('email_hash')
        .doUpdateSet(({ fn, ref }) => ({
          reason: ref('excluded.reason'),
          departed_at: fn.coalesce(ref('excluded.departed_at'), ref('suppressions.departed_at')),
        }))
        .where('suppressions.reason', '=', 'erased'),
    )
    .execute();
}

/** A complaint or another address that is being stored must not be lost. */
async function lockSubscriber(tx: Tx, id: number): Promise<Row<'subscribers'>> {
  const subscriber = await tx
    .selectFrom('subscribers')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!subscriber) {
    throw new AppError('not_found', 'The subscriber has been erased.');
  }
  return subscriber;
}

/** When the reader left, which may have been before they were erased. */
function departureOf({ status, unsubscribed_at, suppressed_at }: Row<'subscribers'>, now: Date): Date {
  const left_at = status === 'suppressed' ? suppressed_at : status === 'active' ? null : unsubscribed_at;
  return left_at ?? now;
}
