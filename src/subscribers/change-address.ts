import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { AppError } from '../errors.ts';
import { enqueue } from '../queue.ts';
import { findByAddress } from './find-by-address.ts';
import { hashAddress } from './hash-address.ts';
import { normalizeAddress } from './normalize-address.ts';

const DAY_MS = 86_400_000;
const GOOD_FOR_MS = 7 * DAY_MS;
/** The form must not become a way to flood somebody. */
const REQUESTS_A_DAY = 3;

/**
 * Notes a reader's wish for another address and promises the mail that asks its owner. Known, stopped and free addresses
 * look the same to the caller; throws AppError only for what is no address, and for too many wishes in a day.
 */
export async function requestAddressChange(
  { boss, db, now }: Context,
  subscriberId: number,
  email: string,
): Promise<void> {
  const address = normalizeAddress(email);
  if (!address) {
    throw new AppError(
      'invalid_input',
      'That does not look like an e-mail address. It should read like name@example.net.',
    );
  }
  const at = now();
  await db.transaction().execute(async (tx) => {
    const reader = await tx
      .selectFrom('subscribers')
      .select('id')
      .where('id', '=', subscriberId)
      .where('status', '=', 'active')
      .forUpdate()
      .executeTakeFirst();
    await refuseTooMany(tx, subscriberId, at);
    if (!reader || !(await isFree(tx, address))) {
      return;
    }
    const { id } = await tx
      .insertInto('address_changes')
      .values({ subscriber_id: subscriberId, email: address, requested_at: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    const data = { kind: 'new-address' as const, id, at: at.toISOString() };
    await enqueue(boss, tx, 'send-letter', [{ key: `new-address ${id}`, data }]);
  });
}

export interface AddressChange {
  /** `gone`: too old, overtaken by another change, or the reader has left. */
  state: 'waiting' | 'done' | 'gone';
  email: string;
}

/** Undefined for a change that was never asked for. */
export async function findAddressChange(
  { db, now }: Context,
  changeId: number,
): Promise<AddressChange | undefined> {
  const change = await db
    .selectFrom('address_changes')
    .innerJoin('subscribers', 'subscribers.id', 'subscriber_id')
    .select([
      'address_changes.email',
      'address_changes.requested_at',
      'address_changes.confirmed_at',
      'status',
    ])
    .where('address_changes.id', '=', changeId)
    .executeTakeFirst();
  if (!change) {
    return undefined;
  }
  const isGood = change.status === 'active' && now().getTime() - change.requested_at.getTime() < GOOD_FOR_MS;
  return { state: change.confirmed_at ? 'done' : isGood ? 'waiting' : 'gone', email: change.email };
}

/** From now on mail goes to the new address; the old one is told once. Returns whether it was changed. */
export async function confirmAddressChange(context: Context, changeId: number): Promise<boolean> {
  const { boss, db, now } = context;
  if ((await findAddressChange(context, changeId))?.state !== 'waiting') {
    return false;
  }
  const at = now();
  return db.transaction().execute(async (tx) => {
    const change = await tx
      .updateTable('address_changes')
      .set({ confirmed_at: at })
      .where('id', '=', changeId)
      .where('confirmed_at', 'is', null)
      .returning(['subscriber_id', 'email'])
      .executeTakeFirst();
    if (!change || !(await isFree(tx, change.email))) {
      return false;
    }
    const { email: replaced } = await tx
      .selectFrom('subscribers')
      .select('email')
      .where('id', '=', change.subscriber_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    await tx
      .updateTable('subscribers')
      .set({ email: change.email })
      .where('id', '=', change.subscriber_id)
      .execute();
    await tx.updateTable('address_changes').set({ replaced }).where('id', '=', changeId).execute();
    await tx
      .deleteFrom('address_changes')
      .where('subscriber_id', '=', change.subscriber_id)
      .where('id', '<>', changeId)
      .execute();
    const data = { kind: 'address-changed' as const, id: changeId, at: at.toISOString() };
    await enqueue(boss, tx, 'send-letter', [{ key: `address-changed ${changeId}`, data }]);
    await enqueue(boss, tx, 'look-up-mail-hosts', [{ key: 'look-up-mail-hosts', data: {} }]);
    return true;
  });
}

async function refuseTooMany(tx: Tx, subscriberId: number, at: Date): Promise<void> {
  const { count } = await tx
    .selectFrom('address_changes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('subscriber_id', '=', subscriberId)
    .where('requested_at', '>', new Date(at.getTime() - DAY_MS))
    .executeTakeFirstOrThrow();
  if (count >= REQUESTS_A_DAY) {
    throw new AppError('refused', 'The address was changed often today. Please try again tomorrow.');
  }
}

/** Nobody else's, and on no list of those that must get nothing. */
async function isFree(tx: Tx, address: string): Promise<boolean> {
  // Two readers who ask for one address at once: the second finds the first.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`address ${address.toLowerCase()}`}, 0))`.execute(
    tx,
  );
  const isListed = await tx
    .selectFrom('suppressions')
    .select('reason')
    .where('email_hash', '=', await hashAddress(tx, address))
    .executeTakeFirst();
  return !isListed && !(await findByAddress(tx, address));
}
