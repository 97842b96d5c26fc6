import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { enqueue } from '../../queue/queue.ts';
import type { Row } from '../../database/schema.ts';
import { hashAddress } from '../address/hash-address.ts';
import { normalizeAddress } from '../address/read-address.ts';

export interface SignUp {
  email: string;
  /** Where consent was given, such as the page's path. */
  source: string;
  /** The version of the consent wording beside the form. */
  wording: string;
}

/**
 * Cooldown after the first, second and any later consecutive request, within which another request sends no mail: this
 * prevents the form from being used to flood somebody.
 */
const COOLDOWNS_MS = [5 * 60_000, 3_600_000, 86_400_000] as const;
const REPEAT_WINDOW_MS = 7 * 86_400_000;

/**
 * Stores a pending reader and enqueues the confirmation mail in the same transaction. Known, suppressed and new
 * addresses look the same to the caller; throws AppError only for an invalid address.
 */
export async function signUp(context: Context, { email, source, wording }: SignUp): Promise<void> {
  const address = normalizeAddress(email);
  if (!address) {
    throw new AppError(
      'invalid_input',
      'That does not look like an e-mail address. It should read like name@example.net.',
    );
  }
  const store = () => tryToStore(context, address, { source, wording });
  await store().catch((error: { code?: string }) => {
    // 23505 (unique violation): an import or a process of the previous version stored the address concurrently, through
    // the older index.
    if (error.code !== '23505') {
      throw error;
    }
    return store();
  });
}

async function tryToStore(
  context: Context,
  address: string,
  { source, wording }: Omit<SignUp, 'email'>,
): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const known = await lockByAddress(tx, address);
    if (known ? maySignUpAgain(context, known) : !(await isSuppressed(tx, address))) {
      const now = context.now();
      const consent = { consent_source: source, consent_wording: wording, requested_at: now };
      const { id } = await storePending(tx, address, consent);
      const data = { subscriber_id: id, requested_at: now.toISOString() };
      await enqueue(context.boss, tx, 'send-confirmation', [{ key: String(id), data }]);
      await enqueue(context.boss, tx, 'look-up-mail-hosts', [{ key: 'look-up-mail-hosts', data: {} }]);
    }
  });
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
  const cooldown_ms = COOLDOWNS_MS[subscriber.asked_times - 1] ?? COOLDOWNS_MS[2];
  const isCoolingDown = now().getTime() - subscriber.requested_at.getTime() < cooldown_ms;
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

async function storePending(
  tx: Tx,
  email: string,
  consent: Pick<Row<'subscribers'>, 'consent_source' | 'consent_wording' | 'requested_at'>,
): Promise<{ id: number }> {
  return tx
    .insertInto('subscribers')
    .values({ email, status: 'pending', ...consent })
    .onConflict((conflict) =>
      // An earlier confirmation belonged to the consent that has ended: an undo must not restore it.
      conflict.expression(addressKey()).doUpdateSet({
        status: 'pending',
        confirmed_at: null,
        suppressed_at: null,
        suppressed_reason: null,
        reminded_at: sql`case when subscribers.status = 'pending' then subscribers.reminded_at end`,
        // Keeps counting even if somebody leaves and signs up again in between.
        asked_times: sql`case when subscribers.requested_at > ${new Date(consent.requested_at.getTime() - REPEAT_WINDOW_MS)} then subscribers.asked_times + 1 else 1 end`,
        // Marks that only the reader can come back, by confirming; an import cannot bring them back.
        unsubscribed_at: sql`coalesce(subscribers.unsubscribed_at, subscribers.suppressed_at)`,
        frequency: sql`case when subscribers.status = 'pending' then subscribers.frequency else 'weekly' end`,
        ...consent,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
}
