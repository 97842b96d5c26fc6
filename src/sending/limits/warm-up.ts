import { sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';

export type WarmUp = NonNullable<Config['warmUp']>;

/** Thrown inside a claim to take it back: the mails of this batch do not fit under today's ceiling. */
export class CeilingReached extends Error {}

const DAY_MS = 86_400_000;

/** The most mails that may be submitted on the UTC day of `at`; undefined once the schedule is over. */
export function ceilingOf(warmUp: WarmUp | undefined, at: Date): number | undefined {
  const day = Math.floor((Date.parse(dayOf(at)) - Date.parse(warmUp?.from ?? '')) / DAY_MS);
  // A mail that goes out before the first day is as new to mailbox providers as one of that day.
  return warmUp?.ceilings[Math.max(0, day)];
}

/**
 * Where batches begin, as ranks of readers, so that each day's ceiling is filled by whole batches of `size` or less:
 * those of today, less what has been `used`, then those of the days to come. After the last begin batches are whole.
 */
export function cutForWarmUp(
  warmUp: WarmUp | undefined,
  now: Date,
  used: number,
  size: number,
): { firsts: number[]; end: number } {
  const firsts: number[] = [];
  let end = 0;
  for (let day = new Date(now); ; day = new Date(day.getTime() + DAY_MS)) {
    const ceiling = ceilingOf(warmUp, day);
    if (ceiling === undefined) {
      return { firsts, end };
    }
    const free = Math.max(0, ceiling - (day.getTime() === now.getTime() ? used : 0));
    for (let first = 0; first < free; first += size) {
      firsts.push(end + first);
    }
    end += free;
  }
}

/** Counts mails under today's ceiling, if there is one; throws CeilingReached when they do not fit. */
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

/** What was counted and certainly not processed does not count. */
export async function giveBackToday(
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

/** How many mails today's ceiling has been used for. */
export async function countToday(tx: Tx, now: Date): Promise<number> {
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
