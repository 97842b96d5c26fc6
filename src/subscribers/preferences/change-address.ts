import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { enqueue } from '../../queue/queue.ts';
import { findByAddress } from '../address/find-by-address.ts';
import { hashAddress } from '../address/hash-address.ts';
import { isSuppressedAddress } from '../address/is-suppressed-address.ts';
import { readAddress } from '../../address/read-address.ts';
import { recordMailbox } from '../join/record-origins.ts';

const DAY_MS = 86_400_000;
const VALID_FOR_MS = 7 * DAY_MS;
/**
 * Limits that keep the form from being used to flood somebody: requests per reader in a day, and per address in a week.
 */
const MAX_REQUESTS_PER_DAY = 3;
const MAX_REQUESTS_PER_ADDRESS = 2;
const DELETED_AFTER_MS = 30 * DAY_MS;
const UNIQUE_VIOLATION = '23505';

/**
 * Stores a reader's request to change address and enqueues the mail that asks the new address to confirm. Known,
 * suppressed and available addresses look the same to the caller; throws AppError only for an invalid address, the
 * reader's own, or too many requests in a day.
 */
export async function requestAddressChange(
  { boss, db, now }: Context,
  subscriberId: number,
  email: string,
): Promise<void> {
  const { address, problem } = readAddress(email);
  if (address === undefined) {
    throw new AppError('invalid_input', problem);
  }
  const at = now();
  await db.transaction().execute(async (tx) => {
    const reader = await lockActive(tx, subscriberId);
    if (!reader) {
      return;
    }
    if (reader.email.toLowerCase() === address.toLowerCase()) {
      throw new AppError('invalid_input', 'The newsletter already goes to that address.');
    }
    await enforceDailyLimit(tx, subscriberId, at);
    const mayMail =
      (await isAvailable(tx, address)) &&
      (await countRequestsFor(tx, address, at)) < MAX_REQUESTS_PER_ADDRESS;
    const { id } = await tx
      .insertInto('address_changes')
      .values({ subscriber_id: subscriberId, email: address, requested_at: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (mayMail) {
      const data = { kind: 'new-address' as const, id, at: at.toISOString() };
      await enqueue(boss, tx, 'send-letter', [{ key: `new-address ${id}`, data, priority: 1 }]);
    }
  });
}

export interface AddressChange {
  /** `gone`: expired, superseded by another change, or the reader has left. */
  state: 'waiting' | 'done' | 'gone';
  email: string;
}

/** Undefined for a change that was never requested. */
export async function findAddressChange(
  { db, now }: Pick<Context, 'now'> & { db: Db | Tx },
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
      ).as('is_superseded'),
    )
    .where('change.id', '=', changeId)
    .executeTakeFirst();
  if (!change) {
    return undefined;
  }
  const { status, current, confirmed_at, requested_at, is_superseded } = change;
  // Somebody who asked twice for the same address has two links.
  const hasMoved = confirmed_at ? !is_superseded : change.email.toLowerCase() === current.toLowerCase();
  if (status === 'active' && hasMoved) {
    return { state: 'done', email: current };
  }
  const isValid =
    status === 'active' &&
    !confirmed_at &&
    !is_superseded &&
    now().getTime() - requested_at.getTime() < VALID_FOR_MS;
  return { state: isValid ? 'waiting' : 'gone', email: change.email };
}

/**
 * Switches the reader's mail to the new address and notifies the old one once. Returns false, with nothing changed, if
 * the link has expired or was used, or if somebody else has taken the address since.
 */
export async function confirmAddressChange(context: Context, changeId: number): Promise<boolean> {
  try {
    return await context.db.transaction().execute((tx) => applyChange(context, tx, changeId));
  } catch (error) {
    // A concurrent sign-up with the same address came first.
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) {
      return false;
    }
    throw error;
  }
}

/** Locks the reader's row first, so that concurrent changes wait for each other. */
async function applyChange(context: Context, tx: Tx, changeId: number): Promise<boolean> {
  const { boss, now } = context;
  const at = now();
  const change = await tx
    .selectFrom('address_changes')
    .select(['subscriber_id', 'email'])
    .where('id', '=', changeId)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst();
  const reader = change && (await lockActive(tx, change.subscriber_id));
  if (!change || !reader) {
    return false;
  }
  const state = (await findAddressChange({ db: tx, now }, changeId))?.state;
  if (state !== 'waiting' || !(await isAvailable(tx, change.email))) {
    return false;
  }
  const { numUpdatedRows } = await tx
    .updateTable('address_changes')
    // The address is now stored with the subscriber, so it is blanked here.
    .set({
      confirmed_at: at,
      email: '',
      replaced: reader.email,
      replaced_hash: await hashAddress(tx, reader.email),
      replaced_domain: reader.domain,
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
  await recordMailbox(context, tx, { subscriber_id: change.subscriber_id, email: change.email, at });
  const data = { kind: 'address-changed' as const, id: changeId, at: at.toISOString() };
  await enqueue(boss, tx, 'send-letter', [{ key: `address-changed ${changeId}`, data, priority: 1 }]);
  await enqueue(boss, tx, 'look-up-mail-hosts', [{ key: 'look-up-mail-hosts', data: {} }]);
  return true;
}

/** Deletes unconfirmed requests once they are no longer needed for the limits. */
export async function deleteAddressRequests({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('address_changes')
    .where('confirmed_at', 'is', null)
    .where('requested_at', '<', new Date(now().getTime() - DELETED_AFTER_MS))
    .execute();
}

function lockActive(tx: Tx, subscriberId: number) {
  return tx
    .selectFrom('subscribers')
    .select(['id', 'email', 'domain'])
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .forUpdate()
    .executeTakeFirst();
}

async function enforceDailyLimit(tx: Tx, subscriberId: number, at: Date): Promise<void> {
  const { count } = await tx
    .selectFrom('address_changes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('subscriber_id', '=', subscriberId)
    .where('requested_at', '>', new Date(at.getTime() - DAY_MS))
    .executeTakeFirstOrThrow();
  if (count >= MAX_REQUESTS_PER_DAY) {
    throw new AppError(
      'refused',
      'You have asked to change your address too many times today. Please try again tomorrow.',
    );
  }
}

async function countRequestsFor(tx: Tx, address: string, at: Date): Promise<number> {
  const { count } = await tx
    .selectFrom('address_changes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where(addressKey(), '=', address.toLowerCase())
    .where('requested_at', '>', new Date(at.getTime() - VALID_FOR_MS))
    .executeTakeFirstOrThrow();
  return count;
}

/** Whether the address belongs to no subscriber and is not on the suppression list. */
async function isAvailable(tx: Tx, address: string): Promise<boolean> {
  // Serializes concurrent requests for the same address, so that the second sees the first.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`address ${address.toLowerCase()}`}, 0))`.execute(
    tx,
  );
  return !(await isSuppressedAddress(tx, address)) && !(await findByAddress(tx, address));
}
