import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { countPastMails } from '../../past/past-deliveries.ts';
import { enqueue, type Jobs } from '../../queue/queue.ts';
import { suppressSubscriber } from '../leave/suppress.ts';

const BATCH_SIZE = 1_000;
/** Time to read the last issue before the goodbye is sent. */
const GRACE_MS = 6 * 86_400_000;

/**
 * Sunset policy. Readers with no counted vote and no change of preferences (`engaged_at`) over `config.sunset.issues`
 * consecutive issues are asked once whether they still want the newsletter, and suppressed after
 * `config.sunset.lastIssues` (SUNSET_LAST_ISSUES) further issues without engagement: mail to those who do not read it
 * harms the delivery of mail to those who do. Handles up to a thousand of each in one call.
 */
export async function sunset(context: Context): Promise<{ asked: number; stopped: number }> {
  const { config, db } = context;
  if (config.sunset.issues === 0) {
    return { asked: 0, stopped: 0 };
  }
  await sql`update subscribers set still_asked_at = null where engaged_at > still_asked_at`.execute(db);
  return { stopped: await suppressInactive(context), asked: await askInactive(context) };
}

/**
 * Called when the reader confirms that they still want the newsletter: the count of issues without engagement starts
 * again from zero.
 */
export async function keepSubscribed({ db, now }: Context, subscriberId: number): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ engaged_at: now(), still_asked_at: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}

/** A condition on `deliveries`: silence about a mail that Resend accepted and did not send says nothing. */
const wentOut = sql`status not in ('failed', 'suppressed')`;

async function askInactive({ boss, config, db, now }: Context): Promise<number> {
  const at = now();
  const since = await findTimeOfNthLastIssue(db, config.sunset.issues, at);
  if (!since) {
    return 0;
  }
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: number }>`
      update subscribers set still_asked_at = ${at}
      where id in (
        select id from subscribers as reader
        where status = 'active' and frequency = 'weekly' and still_asked_at is null and (paused_until is null or paused_until <= ${at})
          and greatest(engaged_at, confirmed_at) < ${earlier(since, new Date(at.getTime() - config.sunset.issues * 6 * 86_400_000))}
          and (select count(*) from deliveries where subscriber_id = reader.id and ${wentOut}
              and submitted_at > greatest(reader.engaged_at, reader.confirmed_at))
            + ${countPastMails(sql`reader.id`, sql`greatest(reader.engaged_at, reader.confirmed_at)`, sql`${at}`)}
            >= ${config.sunset.issues}
        order by id limit ${BATCH_SIZE} for update skip locked)
      returning id`.execute(tx);
    await enqueueLetters(boss, tx, 'still-want-this', rows, at);
    return rows.length;
  });
}

async function suppressInactive({ boss, config, db, now }: Context): Promise<number> {
  const at = now();
  const until = new Date(at.getTime() - GRACE_MS);
  const since = await findTimeOfNthLastIssue(db, config.sunset.lastIssues, until);
  if (!since) {
    return 0;
  }
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: number }>`
      select id from subscribers as reader
      where status = 'active' and still_asked_at < ${since} and (engaged_at is null or engaged_at <= still_asked_at)
        and (select count(*) from deliveries where subscriber_id = reader.id and ${wentOut}
            and submitted_at > reader.still_asked_at and submitted_at < ${until})
          + ${countPastMails(sql`reader.id`, sql`reader.still_asked_at`, sql`${until}`)}
          >= ${config.sunset.lastIssues}
      order by id limit ${BATCH_SIZE} for update skip locked`.execute(tx);
    for (const { id } of rows) {
      await suppressSubscriber(tx, id, 'inactive', at);
    }
    await enqueueLetters(boss, tx, 'goodbye', rows, at);
    return rows.length;
  });
}

/**
 * When the last mails of the oldest of the newest `count` issues before `until` had gone out: a reader who acted after
 * that cannot have got that many since. Undefined if there were fewer issues.
 */
async function findTimeOfNthLastIssue(db: Db, count: number, until: Date): Promise<Date | undefined> {
  const issue = await db
    .selectFrom('issues')
    .select(({ fn }) => fn.coalesce('sent_at', sql<Date>`${until}::timestamptz`).as('at'))
    .where('prepared_at', '<=', until)
    .orderBy('prepared_at', 'desc')
    .offset(Math.max(0, count - 1))
    .limit(1)
    .executeTakeFirst();
  return issue?.at;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function enqueueLetters(
  boss: Context['boss'],
  tx: Tx,
  kind: Jobs['send-letter']['kind'],
  readers: readonly { id: number }[],
  at: Date,
): Promise<void> {
  // After all others: there may be thousands.
  const jobs = readers.map(({ id }) => ({
    key: `${kind} ${id}`,
    data: { kind, id, at: at.toISOString() },
    priority: -1,
  }));
  return enqueue(boss, tx, 'send-letter', jobs);
}
