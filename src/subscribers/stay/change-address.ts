import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { enqueue } from '../../queue/queue.ts';
import { findByAddress } from '../address/find-by-address.ts';
import { hashAddress } from '../address/hash-address.ts';
import { normalizeAddress } from '../address/normalize-address.ts';

const DAY_MS = 86_400_000;
const GOOD_FOR_MS = 7 * DAY_MS;
/** The form must not become a way to flood somebody: wishes of a reader in a day, and for an address in a week. */
const REQUESTS_A_DAY = 3;
const REQUESTS_FOR_ADDRESS = 2;
const EXPIRES_AFTER_MS = 30 * DAY_MS;
const UNIQUE_VIOLATION = '23505';

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
    if (!(await lockActive(tx, subscriberId))) {
      return;
    }
    await refuseTooMany(tx, subscriberId, at);
    const mayAsk =
      (await isFree(tx, address)) && (await countRequestsFor(tx, address, at)) < REQUESTS_FOR_ADDRESS;
    const { id } = await tx
      .insertInto('address_changes')
      .values({ subscriber_id: subscriberId, email: address, requested_at: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (mayAsk) {
      const data = { kind: 'new-address' as const, id, at: at.toISOString() };
      await enqueue(boss, tx, 'send-letter', [{ key: `new-address ${id}`, data, priority: 1 }]);
    }
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
    .selectFrom('address_changes as change')
    .innerJoin('subscribers', 'subscribers.id', 'subscriber_id')
    .select([
      'change.email',
      'change.requested_at',
      'change.confirmed_at',
      'status',
      'subscribers.email as current',
    ])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('address_changes as later')
          .select('later.id')
          .whereRef('later.subscriber_id', '=', 'change.subscriber_id')
          .whereRef('later.confirmed_at', '>=', 'change.requested_at')
          .whereRef('later.id', '<>', 'change.id'),
      ).as('is_overtaken'),
    )
    .where('change.id', '=', changeId)
    .executeTakeFirst();
  if (!change) {
    return undefined;
  }
  const isGood =
    change.status === 'active' &&
    !change.is_overtaken &&
    now().getTime() - change.requested_at.getTime() < GOOD_FOR_MS;
  return change.confirmed_at
    ? { state: change.is_overtaken ? 'gone' : 'done', email: change.current }
    : { state: isGood ? 'waiting' : 'gone', email: change.email };
}

/**
 * From now on mail goes to the new address; the old one is told once. Returns false, with nothing changed, for a link
 * that has served its time and for an address that somebody else has taken since.
 */
export async function confirmAddressChange(context: Context, changeId: number): Promise<boolean> {
  if ((await findAddressChange(context, changeId))?.state !== 'waiting') {
    return false;
  }
  try {
    return await context.db.transaction().execute((tx) => move(context, tx, changeId));
  } catch (error) {
    // A sign-up of the same address at the same moment came first.
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) {
      return false;
    }
    throw error;
  }
}

/** The reader's row first, whoever changes it: two at once wait for each other. */
async function move({ boss, now }: Context, tx: Tx, changeId: number): Promise<boolean> {
  const at = now();
  const change = await tx
    .selectFrom('address_changes')
    .select(['subscriber_id', 'email'])
    .where('id', '=', changeId)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst();
  const reader = change && (await lockActive(tx, change.subscriber_id));
  if (!change || !reader || !(await isFree(tx, change.email))) {
    return false;
  }
  const { numUpdatedRows } = await tx
    .updateTable('address_changes')
    // The address is the reader's own now, and no longer kept here.
    .set({
      confirmed_at: at,
      email: '',
      replaced: reader.email,
      replaced_hash: await hashAddress(tx, reader.email),
    })
    .where('id', '=', changeId)
    .where('confirmed_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    return false;
  }
  await tx
    .updateTable('subscribers')
    .set({ email: change.email, engaged_at: at, still_asked_at: null })
    .where('id', '=', change.subscriber_id)
    .execute();
  const data = { kind: 'address-changed' as const, id: changeId, at: at.toISOString() };
  await enqueue(boss, tx, 'send-letter', [{ key: `address-changed ${changeId}`, data, priority: 1 }]);
  await enqueue(boss, tx, 'look-up-mail-hosts', [{ key: 'look-up-mail-hosts', data: {} }]);
  return true;
}

/** Wishes that came to nothing are kept no longer than it takes to count them. */
export async function forgetAddressRequests({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('address_changes')
    .where('confirmed_at', 'is', null)
    .where('requested_at', '<', new Date(now().getTime() - EXPIRES_AFTER_MS))
    .execute();
}

function lockActive(tx: Tx, subscriberId: number) {
  return tx
    .selectFrom('subscribers')
    .select(['id', 'email'])
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .forUpdate()
    .executeTakeFirst();
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

async function countRequestsFor(tx: Tx, address: string, at: Date): Promise<number> {
  const { count } = await tx
    .selectFrom('address_changes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where(addressKey(), '=', address.toLowerCase())
    .where('requested_at', '>', new Date(at.getTime() - GOOD_FOR_MS))
    .executeTakeFirstOrThrow();
  return count;
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
