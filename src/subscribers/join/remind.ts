import type { Context } from '../../context.ts';
import { enqueue } from '../../queue/queue.ts';

const DAY_MS = 86_400_000;
/** Long enough for the reader to have seen the first mail, short enough for them to remember what it was about. */
const MIN_AGE_MS = 2 * DAY_MS;
const MAX_AGE_MS = 7 * DAY_MS;
const BATCH_SIZE = 1_000;

/** Enqueues the only reminder for readers who signed up and have not confirmed. Returns the number of reminders. */
export async function remindUnconfirmed({ boss, db, now }: Context): Promise<number> {
  const at = now();
  return db.transaction().execute(async (tx) => {
    const readers = await tx
      .updateTable('subscribers')
      .set({ reminded_at: at })
      .where(({ eb, selectFrom }) =>
        eb(
          'id',
          'in',
          selectFrom('subscribers')
            .select('id')
            .where('status', '=', 'pending')
            .where('reminded_at', 'is', null)
            .where('requested_at', '<=', new Date(at.getTime() - MIN_AGE_MS))
            .where('requested_at', '>', new Date(at.getTime() - MAX_AGE_MS))
            .orderBy('id')
            .limit(BATCH_SIZE)
            .forUpdate()
            .skipLocked(),
        ),
      )
      .returning('id')
      .execute();
    const jobs = readers.map(({ id }) => ({
      key: `reminder ${id}`,
      data: { kind: 'reminder' as const, id, at: at.toISOString() },
    }));
    await enqueue(boss, tx, 'send-letter', jobs);
    return readers.length;
  });
}
