import { addressKey } from '../../database/address-key.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { type Consent, findConsentProblem, normalizeCategories } from './consent.ts';
import { readAddress } from '../../address/read-address.ts';
import { requireMayBeAdded } from './_require-may-be-added.ts';

export interface ConfirmedSubscriber {
  email: string;
  consent_source: string;
  confirmed_at: Date;
  categories?: readonly string[];
}

type AddResult = 'added' | 'activated' | 'unchanged';

/**
 * Adds somebody who confirmed elsewhere, on behalf of staff. Readers who left or were suppressed are refused: only they
 * themselves can sign up again.
 */
export async function addSubscriber(db: Db, subscriber: ConfirmedSubscriber, now: Date): Promise<AddResult> {
  const { email, consent } = check(subscriber, now);
  return db.transaction().execute(async (tx) => {
    const known = await lockByAddress(tx, email);
    if (known?.status === 'active') {
      return 'unchanged';
    }
    await requireMayBeAdded(tx, email, known, consent.confirmed_at);
    return known ? activate(tx, known.id, consent) : insert(tx, email, consent);
  });
}

function check(subscriber: ConfirmedSubscriber, now: Date): { email: string; consent: Consent } {
  const { address: email, problem: addressProblem } = readAddress(subscriber.email);
  const consent = {
    consent_source: subscriber.consent_source.trim(),
    confirmed_at: subscriber.confirmed_at,
    categories: normalizeCategories(subscriber.categories ?? []),
  };
  if (email === undefined) {
    throw new AppError('invalid_input', `Nobody was added. ${addressProblem}`);
  }
  const problem = findConsentProblem(consent, now);
  if (problem !== undefined) {
    throw new AppError('invalid_input', `Nobody was added: ${problem}.`);
  }
  return { email, consent };
}

function lockByAddress(tx: Tx, email: string) {
  return tx
    .selectFrom('subscribers')
    .select(['id', 'status', 'unsubscribed_at'])
    .where(addressKey(), '=', email.toLowerCase())
    .forUpdate()
    .executeTakeFirst();
}

/** Clears what was recorded about a request by our own form: that is not what they agreed to elsewhere. */
async function activate(tx: Tx, id: number, consent: Consent): Promise<AddResult> {
  await tx
    .updateTable('subscribers')
    .set({ ...consent, consent_form: null, consent_wording: null, confirmed_by: null, status: 'active' })
    .where('id', '=', id)
    .execute();
  return 'activated';
}

async function insert(tx: Tx, email: string, consent: Consent): Promise<AddResult> {
  const inserted = await tx
    .insertInto('subscribers')
    .values({ ...consent, email, status: 'active', requested_at: consent.confirmed_at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows ? 'added' : 'unchanged';
}
