import type { Context } from '../../context.ts';
import { enqueue } from '../../queue/queue.ts';

const DAY_MS = 86_400_000;
/** Long enough to have seen the first mail, soon enough to remember what it was about. */
const AFTER_MS = 2 * DAY_MS;
const BEFORE_MS = 7 * DAY_MS;
const AT_ONCE = 1_000;

/** Promises the one reminder to whoever signed up and has not confirmed. Returns how many. */
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
            .where('requested_at', '<=', new Date(at.getTime() - AFTER_MS))
            .where('requested_at', '>', new Date(at.getTime() - BEFORE_MS))
            .orderBy('id')
            .limit(AT_ONCE)
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
