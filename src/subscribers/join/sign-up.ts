import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { NetworkAddress } from '../../network/network-address.ts';
import { enqueue } from '../../queue/queue.ts';
import type { Row, SubscriberStatus } from '../../database/schema.ts';
import { enqueueConfirmation } from './enqueue-confirmation.ts';
import { hashAddress } from '../address/hash-address.ts';
import { readAddress } from '../../address/read-address.ts';
import { keepPastConsent, recordConsentSource } from './consent-record.ts';
import { StoredMeanwhile, storePending } from './_store-pending.ts';
import {
  countForEverybody,
  countForMailbox,
  countSource,
  HourlyLimitReached,
  priorityOf,
} from './sign-up-limits.ts';

export interface SignUp {
  email: string;
  /** The page on which consent was given, for example its path. */
  page: string;
  form: 'site' | 'embedded' | 'api';
  /** The version of the consent wording beside the form. */
  wording: string;
  /** Where the request came from; undefined if that cannot be known. */
  source: NetworkAddress | undefined;
}

/**
 * How long after the first, the second and any later consecutive request another one sends no mail, so that the form
 * cannot be used to flood somebody.
 */
const COOLDOWNS_MS = [5 * 60_000, 3_600_000, 86_400_000] as const;
const TELL_AT_MOST_EVERY_MS = 86_400_000;

/**
 * Stores a pending reader and enqueues the confirmation mail in the same transaction; an active reader is told that
 * they are subscribed already. Known, suppressed and new addresses, and requests beyond a limit, look the same to the
 * caller; throws AppError only for an invalid address.
 */
export async function signUp(context: Context, request: SignUp): Promise<void> {
  const { address, problem } = readAddress(request.email);
  if (address === undefined) {
    throw new AppError('invalid_input', problem);
  }
  const requests = await countSource(context, request.source);
  context.metrics.count('sign_ups', requests === undefined ? 'limited' : 'requested');
  if (requests === undefined) {
    return;
  }
  const priority = priorityOf(requests, context.now());
  const store = () => tryToStore(context, address, request, priority);
  await store().catch((error: { code?: string }) => {
    // Stored concurrently: by a process of the previous version through the older index (23505, unique violation), or
    // by an import, another sign-up or a change of address. The second time, the address is known.
    if (error.code !== '23505' && !(error instanceof StoredMeanwhile)) {
      throw error;
    }
    return store();
  });
}

/**
 * Like `signUp`, but staff repeat the request of a pending reader: only the limits on mails to one address and on all
 * mails in an hour apply. Throws `refused` if nothing was sent.
 */
export async function askToConfirmAgain(context: Context, reader: Row<'subscribers'>): Promise<void> {
  const request = {
    email: reader.email,
    page: reader.consent_source,
    form: reader.consent_form,
    wording: reader.consent_wording,
    source: undefined,
  };
  if (!(await tryToStore(context, reader.email, request, 0, ['pending']))) {
    throw new AppError(
      'refused',
      'Nothing was sent: a confirmation was sent to this address recently, a daily or hourly limit is reached, or the reader has confirmed or left in the meantime. Reload the reader’s page, or try again later.',
    );
  }
}

/** A request by staff repeats the reader's own one, which older versions did not record in full. */
type Request = Omit<SignUp, 'form' | 'wording'> & { form: string | null; wording: string | null };

/** Returns whether the reader is asked to confirm. With `only`, nothing is done for a reader who has another status. */
async function tryToStore(
  context: Context,
  address: string,
  request: Request,
  priority: number,
  only?: readonly SubscriberStatus[],
): Promise<boolean> {
  const storing = context.db.transaction().execute(async (tx) => {
    const known = await lockByAddress(tx, address);
    if (only && !only.some((status) => status === known?.status)) {
      return false;
    }
    if (known?.status === 'active') {
      await tellActive(context, tx, known);
    } else if (known ? maySignUpAgain(context, known) : !(await isSuppressed(tx, address))) {
      if (await countForMailbox(context, tx, address)) {
        await askToConfirm(context, tx, address, { request, known, priority });
        await countForEverybody(context, tx);
        return true;
      }
    }
    return false;
  });
  return storing.catch((error: unknown) => {
    if (!(error instanceof HourlyLimitReached)) {
      throw error;
    }
    return false;
  });
}

interface ConfirmationRequest {
  request: Request;
  known: Row<'subscribers'> | undefined;
  priority: number;
}

async function askToConfirm(
  context: Context,
  tx: Tx,
  address: string,
  { request: { page, form, wording, source }, known, priority }: ConfirmationRequest,
): Promise<void> {
  const at = context.now();
  await keepPastConsent(tx, known, at);
  const consent = {
    consent_source: page,
    consent_form: form,
    consent_wording: wording,
    requested_at: at,
    confirmation_sent_at: null,
    confirmed_by: null,
  };
  const { id } = await storePending(tx, known, address, consent);
  await recordConsentSource(tx, { subscriber_id: id, event: 'request', at }, source);
  await enqueueConfirmation(context.boss, tx, { id, requested_at: at }, priority);
  await enqueue(context.boss, tx, 'look-up-mail-hosts', [{ key: 'look-up-mail-hosts', data: {} }]);
}

/**
 * Tells an active reader that they are subscribed already, at most once a day: nobody waits forever for a confirmation,
 * and nobody is flooded.
 */
async function tellActive({ boss, now }: Context, tx: Tx, known: Row<'subscribers'>): Promise<void> {
  const at = now();
  if (known.told_at && at.getTime() - known.told_at.getTime() < TELL_AT_MOST_EVERY_MS) {
    return;
  }
  await tx.updateTable('subscribers').set({ told_at: at }).where('id', '=', known.id).execute();
  const data = { kind: 'already-in' as const, id: known.id, at: at.toISOString() };
  await enqueue(boss, tx, 'send-letter', [{ key: `already-in ${known.id}`, data }]);
}

async function lockByAddress(tx: Tx, address: string): Promise<Row<'subscribers'> | undefined> {
  return tx
    .selectFrom('subscribers')
    .selectAll()
    .where(addressKey(), '=', address.toLowerCase())
    .forUpdate()
    .executeTakeFirst();
}

function maySignUpAgain({ now }: Context, subscriber: Row<'subscribers'>): boolean {
  // Imported readers have not been asked yet.
  const cooldown_ms =
    subscriber.asked_times === 0 ? 0 : (COOLDOWNS_MS[subscriber.asked_times - 1] ?? COOLDOWNS_MS[2]);
  const { confirmed_at, requested_at } = subscriber;
  // A request that its reader has answered no longer counts, even if they have left since.
  const isAnswered = confirmed_at !== null && confirmed_at >= requested_at;
  const isCoolingDown = !isAnswered && now().getTime() - requested_at.getTime() < cooldown_ms;
  const mayReturn =
    (subscriber.status === 'unsubscribed' && subscriber.suppressed_at === null) ||
    (subscriber.status === 'suppressed' && subscriber.suppressed_reason === 'inactive');
  return (mayReturn || subscriber.status === 'pending') && !isCoolingDown;
}

/** A reader who was erased may come back by signing up; one who bounced or complained may not. */
async function isSuppressed(tx: Tx, address: string): Promise<boolean> {
  const row = await tx
    .selectFrom('suppressions')
    .select('reason')
    .where('email_hash', '=', await hashAddress(tx, address))
    .executeTakeFirst();
  return row !== undefined && row.reason !== 'erased';
}
