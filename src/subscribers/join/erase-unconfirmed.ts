import type { Context } from '../../context.ts';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { eraseSubscriber } from '../leave/erase.ts';

/**
 * Nobody remembers a request and its reminder after this time, and without a consent there is no reason to keep an
 * address.
 */
const KEPT_MS = 30 * 86_400_000;
const BATCH_SIZE = 1_000;

/**
 * Deletes sign-ups that nobody confirmed, and imported readers who never confirmed. Keeps readers who had left or had
 * confirmed before they were asked again; those who had left have left again. Returns the number deleted.
 */
export async function eraseUnconfirmed({ db, now }: Context): Promise<number> {
  const before = new Date(now().getTime() - KEPT_MS);
  let deleted = 0;
  for (;;) {
    const rows = await db
      .deleteFrom('subscribers')
      .where(({ eb, selectFrom }) =>
        eb(
          'id',
          'in',
          selectFrom('subscribers as reader')
            .select('reader.id')
            .where('status', '=', 'pending')
            .where('requested_at', '<', before)
            .where(({ or, eb: is }) => or([is('reminded_at', 'is', null), is('reminded_at', '<', before)]))
            .where('unsubscribed_at', 'is', null)
            .where(({ not, exists, selectFrom: from }) =>
              not(
                exists(
                  from('past_consents')
                    .select('past_consents.id')
                    .whereRef('past_consents.subscriber_id', '=', 'reader.id'),
                ),
              ),
            )
            .orderBy('reader.id')
            .limit(BATCH_SIZE)
            .forUpdate()
            .skipLocked(),
        ),
      )
      .returning('id')
      .execute();
    deleted += rows.length;
    if (rows.length < BATCH_SIZE) {
      const refused = await eraseRefused(db, before, now());
      // Last: who had left before is not one of those.
      await recordAsLeft(db, before);
      return deleted + refused;
    }
  }
}

/**
 * Sign-ups that were never confirmed, and whose address must get no mail: it bounced or complained, or they or staff stopped it. A hash
 * keeps those that bounced or complained from being mailed again.
 */
async function eraseRefused(db: Db, before: Date, now: Date): Promise<number> {
  const refused = await db
    .selectFrom('subscribers as reader')
    .select('reader.id')
    .where('status', 'in', ['suppressed', 'unsubscribed'])
    .where('confirmed_at', 'is', null)
    // Imported readers were confirmed elsewhere.
    .where('consent_form', 'is not', null)
    .where('requested_at', '<', before)
    .where(({ or, eb: is }) => or([is('reminded_at', 'is', null), is('reminded_at', '<', before)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('past_consents')
            .select('past_consents.id')
            .whereRef('past_consents.subscriber_id', '=', 'reader.id'),
        ),
      ),
    )
    .orderBy('reader.id')
    .limit(BATCH_SIZE)
    .execute();
  let erased = 0;
  for (const { id } of refused) {
    erased += Number(await db.transaction().execute((tx) => eraseOne(tx, id, before, now)));
  }
  return erased;
}

/**
 * False if they have signed up again meanwhile. Nothing is announced: other systems never heard that these readers joined, and
 * a copy announces nothing about the original's readers.
 */
async function eraseOne(tx: Tx, id: number, before: Date, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('subscribers')
    .set({
      status: 'pending',
      unsubscribed_at: null,
      suppressed_at: sql`case when suppressed_reason <> 'copied' then suppressed_at end`,
    })
    .where('id', '=', id)
    .where('status', 'in', ['suppressed', 'unsubscribed'])
    .where('confirmed_at', 'is', null)
    .where('requested_at', '<', before)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    return false;
  }
  await eraseSubscriber(tx, id, now);
  return true;
}

async function recordAsLeft(db: Db, before: Date): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed' })
    .where('status', '=', 'pending')
    .where('unsubscribed_at', 'is not', null)
    .where('requested_at', '<', before)
    .where(({ eb, or }) => or([eb('reminded_at', 'is', null), eb('reminded_at', '<', before)]))
    .execute();
}
