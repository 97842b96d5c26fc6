import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { Week } from '../../week.ts';
import { describeSendTime } from '../record/send-time.ts';

/**
 * Of the issues that wait to go out on the day of `sendAt`, keeps the one of the latest week, holds the others and
 * notifies staff. So an issue that was drafted after its week's send time does not reach readers on the same day as the
 * next one.
 */
export async function keepOneADay(context: Context, tx: Tx, sendAt: Date): Promise<void> {
  const { timezone } = context.config;
  const [latest, ...others] = await listWaitingOn(tx, sendAt, timezone);
  for (const { id, week } of others) {
    await hold(context, tx, { id, week, reason: `the issue of ${latest!.week} goes out on the same day` });
  }
}

/**
 * Whoever decides on which day an issue goes out calls this before locking an issue, so that such decisions are made
 * one at a time.
 */
export async function lockSendDays(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('draft issue'))`.execute(tx);
}

/** The issues that wait to go out on the day of `sendAt`, latest week first. */
export async function listWaitingOn(
  db: Db | Tx,
  sendAt: Date,
  timezone: string,
): Promise<{ id: number; week: Week; send_at: Date }[]> {
  const waiting = await db
    .selectFrom('issues')
    .select(['id', 'week', 'send_at'])
    .where('status', 'in', ['draft', 'approved'])
    .where('send_at', 'is not', null)
    .$narrowType<{ send_at: Date }>()
    .orderBy('week', 'desc')
    .execute();
  return waiting.filter(({ send_at }) => dayOf(send_at, timezone) === dayOf(sendAt, timezone));
}

/** The week of an issue that went out on the day of `at`. */
export async function findSentOn(db: Db | Tx, at: Date, timezone: string): Promise<Week | undefined> {
  const sent = await db
    .selectFrom('issues')
    .select(['week', 'prepared_at'])
    .where('prepared_at', 'is not', null)
    .$narrowType<{ prepared_at: Date }>()
    .orderBy('prepared_at', 'desc')
    .limit(5)
    .execute();
  return sent.find(({ prepared_at }) => dayOf(prepared_at, timezone) === dayOf(at, timezone))?.week;
}

async function hold(
  context: Context,
  tx: Tx,
  { id, week, reason }: { id: number; week: Week; reason: string },
): Promise<void> {
  const held = await tx
    .updateTable('issues')
    .set({ status: 'held', status_reason: reason, held_at: context.now() })
    .where('id', '=', id)
    .where('status', 'in', ['draft', 'approved'])
    .returning('send_at')
    .executeTakeFirst();
  if (held?.send_at) {
    const time = describeSendTime(held.send_at, context.config.timezone);
    await notifyStaff(context, tx, `two on one day ${week} ${held.send_at.toISOString()}`, {
      title: `Held: issue of ${week}`,
      message:
        `The issue of ${week} would have gone out ${time}. It is held: ${reason}. Skip it (\`verdicts issue skip ${week}\`), ` +
        `move it to another day and release it, or release it so that readers get both.`,
      week,
    });
  }
}

function dayOf(at: Date, timezone: string): string {
  return at.toLocaleDateString('en-CA', { timeZone: timezone });
}
