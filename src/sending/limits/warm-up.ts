import { sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';

export type WarmUp = NonNullable<Config['warmUp']>;

/** Thrown inside a claim to roll it back: the mails of this batch do not fit under today's ceiling. */
export class CeilingReached extends Error {}

const DAY_MS = 86_400_000;

/** How many mails may be submitted on the UTC day of `at`; undefined once the schedule is over. */
export function ceilingOf(warmUp: WarmUp | undefined, at: Date): number | undefined {
  const day = Math.floor((Date.parse(dayOf(at)) - Date.parse(warmUp?.from ?? '')) / DAY_MS);
  // Before the first day the domain is as new to mailbox providers as on that day.
  return warmUp?.ceilings[Math.max(0, day)];
}

/**
 * Splits readers into batches that fill each day's ceiling: today's, less the mails already `used`, then those of the
 * following days. `starts` are the ranks of the readers with whom batches of up to `size` begin; from rank `end` on the
 * schedule is over and batches are full.
 */
export function splitForWarmUp(
  warmUp: WarmUp | undefined,
  now: Date,
  used: number,
  size: number,
): { starts: number[]; end: number } {
  const starts: number[] = [];
  let end = 0;
  for (let day = new Date(now); ; day = new Date(day.getTime() + DAY_MS)) {
    const ceiling = ceilingOf(warmUp, day);
    if (ceiling === undefined) {
      return { starts, end };
    }
    const free = Math.max(0, ceiling - (day.getTime() === now.getTime() ? used : 0));
    for (let start = 0; start < free; start += size) {
      starts.push(end + start);
    }
    end += free;
  }
}

/** Counts mails against today's ceiling, if there is one; throws CeilingReached when they do not fit. */
export async function reserveForToday({ config, now }: Context, tx: Tx, mails: number): Promise<void> {
  const ceiling = ceilingOf(config.warmUp, now());
  if (ceiling === undefined) {
    return;
  }
  const { rows } = await sql<{ mails: number }>`
    insert into sending_days (day, mails) values (${dayOf(now())}::date, ${mails})
    on conflict (day) do update set mails = sending_days.mails + ${mails}
    returning mails`.execute(tx);
  if ((rows[0]?.mails ?? 0) > ceiling) {
    throw new CeilingReached(`the warm-up ceiling of ${ceiling} mails for ${dayOf(now())} is reached`);
  }
}

/** Subtracts from the day's count the reserved mails that were certainly not processed. */
export async function cancelReservation(
  { config }: Context,
  tx: Tx,
  claimed_at: Date,
  mails: number,
): Promise<void> {
  if (config.warmUp) {
    await sql`
      update sending_days set mails = greatest(0, mails - ${mails}) where day = ${dayOf(claimed_at)}::date`.execute(
      tx,
    );
  }
}

/** How many mails count against today's ceiling so far. */
export async function countMailsToday(tx: Tx, now: Date): Promise<number> {
  const row = await tx
    .selectFrom('sending_days')
    .select('mails')
    .where('day', '=', dayOf(now))
    .executeTakeFirst();
  return row?.mails ?? 0;
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
