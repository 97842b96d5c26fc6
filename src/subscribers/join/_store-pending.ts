import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import type { ConsentColumn } from './consent-record.ts';

type Consent = Pick<Row<'subscribers'>, ConsentColumn>;

const REPEAT_WINDOW_MS = 7 * 86_400_000;

/** An import, another sign-up or a change of address has stored the same address at this moment. */
export class StoredMeanwhile extends Error {}

/** Makes `known`, whom the caller has locked, or a new reader pending. Throws StoredMeanwhile rather than overwrite anybody else. */
export async function storePending(
  tx: Tx,
  known: Row<'subscribers'> | undefined,
  email: string,
  consent: Consent,
): Promise<{ id: number }> {
  if (known) {
    await renew(tx, known.id, consent);
    return known;
  }
  const added = await tx
    .insertInto('subscribers')
    .values({ email, status: 'pending', ...consent })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!added) {
    throw new StoredMeanwhile('This address was stored at the same moment.');
  }
  return added;
}

async function renew(tx: Tx, id: number, consent: Consent): Promise<void> {
  await tx
    .updateTable('subscribers')
    .set({
      // An earlier confirmation belongs to a consent that has ended, which an undo must not restore.
      status: 'pending',
      confirmed_at: null,
      suppressed_at: null,
      suppressed_reason: null,
      reminded_at: sql`case when status = 'pending' then reminded_at end`,
      // Keeps counting even if somebody leaves and signs up again in between.
      asked_times: sql`case when requested_at > ${new Date(consent.requested_at.getTime() - REPEAT_WINDOW_MS)} then asked_times + 1 else 1 end`,
      // Marks that only the reader can bring themselves back, by confirming; an import cannot.
      unsubscribed_at: sql`coalesce(unsubscribed_at, suppressed_at)`,
      // A reader who comes back gets what the form says: every issue, all of it, as soon as it is out.
      frequency: ifPending('frequency', `'weekly'`),
      categories: ifPending('categories', `'{}'`),
      always_lead: ifPending('always_lead', 'true'),
      morning_zone: ifPending('morning_zone', 'null'),
      ...consent,
    })
    .where('id', '=', id)
    .execute();
}

function ifPending(column: 'frequency' | 'categories' | 'always_lead' | 'morning_zone', otherwise: string) {
  return sql<never>`case when status = 'pending' then ${sql.ref(column)} else ${sql.raw(otherwise)} end`;
}
