import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { enqueue, type Jobs } from '../../queue/queue.ts';
import { suppressSubscriber } from '../leave/suppress.ts';

const AT_ONCE = 1_000;
/** From the last issue to the goodbye: time to read it. */
const GRACE_MS = 6 * 86_400_000;

/**
 * Readers of whom no vote was counted and no wish was heard in so many issues on end are asked once whether they still want it, and stopped
 * when as many more as SUNSET_LAST_ISSUES saw no sign either: mail to those who do not read harms that to those who do.
 */
export async function sunset(context: Context): Promise<{ asked: number; stopped: number }> {
  const { config, db } = context;
  if (config.sunset.issues === 0) {
    return { asked: 0, stopped: 0 };
  }
  await sql`update subscribers set still_asked_at = null where engaged_at > still_asked_at`.execute(db);
  return { stopped: await stopSilent(context), asked: await askSilent(context) };
}

/** The reader says yes, or comes back otherwise: it starts from the beginning. */
export async function stay({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ engaged_at: now(), still_asked_at: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}

async function askSilent({ boss, config, db, now }: Context): Promise<number> {
  const at = now();
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: number }>`
      update subscribers set still_asked_at = ${at}
      where id in (
        select id from subscribers as reader
        where status = 'active' and still_asked_at is null and (paused_until is null or paused_until <= ${at})
          and greatest(engaged_at, confirmed_at) < ${new Date(at.getTime() - config.sunset.issues * 6 * 86_400_000)}
          and (select count(*) from deliveries where subscriber_id = reader.id
            and submitted_at > greatest(reader.engaged_at, reader.confirmed_at)) >= ${config.sunset.issues}
        order by id limit ${AT_ONCE} for update skip locked)
      returning id`.execute(tx);
    await promise(boss, tx, 'still-want-this', rows, at);
    return rows.length;
  });
}

async function stopSilent({ boss, config, db, now }: Context): Promise<number> {
  const at = now();
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: number }>`
      select id from subscribers as reader
      where status = 'active' and still_asked_at is not null
        and (select count(*) from deliveries where subscriber_id = reader.id
          and submitted_at > reader.still_asked_at and submitted_at < ${new Date(at.getTime() - GRACE_MS)}
        ) >= ${config.sunset.lastIssues}
      order by id limit ${AT_ONCE} for update skip locked`.execute(tx);
    for (const { id } of rows) {
      await suppressSubscriber(tx, id, 'inactive', at);
    }
    await promise(boss, tx, 'goodbye', rows, at);
    return rows.length;
  });
}

function promise(
  boss: Context['boss'],
  tx: Tx,
  kind: Jobs['send-letter']['kind'],
  readers: readonly { id: number }[],
  at: Date,
): Promise<void> {
  const jobs = readers.map(({ id }) => ({ key: `${kind} ${id}`, data: { kind, id, at: at.toISOString() } }));
  return enqueue(boss, tx, 'send-letter', jobs);
}
