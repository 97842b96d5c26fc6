import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Lane } from '../lanes/lanes.ts';

export type WarmUp = NonNullable<Lane['warmUp']>;

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

/** Counts mails against the lane's ceiling for today, if there is one; throws CeilingReached when they do not fit. */
export async function reserveForToday(
  { now }: Pick<Context, 'now'>,
  tx: Tx,
  { number, warmUp }: Lane,
  mails: number,
): Promise<void> {
  const ceiling = ceilingOf(warmUp, now());
  if (ceiling === undefined) {
    return;
  }
  const day = dayOf(now());
  // Written as whole statements: the script that derives the grants of database roles reads them.
  const { rows } = await (
    number === 1
      ? sql<{ mails: number }>`
          insert into sending_days (day, mails) values (${day}::date, ${mails})
          on conflict (day) do update set mails = sending_days.mails + ${mails} returning mails`
      : sql<{ mails: number }>`
          insert into lane_days (lane, day, mails) values (${number}, ${day}::date, ${mails})
          on conflict (lane, day) do update set mails = lane_days.mails + ${mails} returning mails`
  ).execute(tx);
  if ((rows[0]?.mails ?? 0) > ceiling) {
    throw new CeilingReached(`the warm-up ceiling of ${ceiling} mails for ${day} is reached`);
  }
}

/** Subtracts from the day's count the reserved mails that were certainly not processed. */
export async function cancelReservation(
  tx: Tx,
  { number, warmUp }: Lane,
  claimed_at: Date,
  mails: number,
): Promise<void> {
  if (!warmUp) {
    return;
  }
  const day = dayOf(claimed_at);
  await (
    number === 1
      ? sql`update sending_days set mails = greatest(0, mails - ${mails}) where day = ${day}::date`
      : sql`update lane_days set mails = greatest(0, mails - ${mails}) where lane = ${number} and day = ${day}::date`
  ).execute(tx);
}

/** How many mails count against each lane's ceiling for today so far. */
export async function countMailsToday(db: Db | Tx, now: Date): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ lane: number; mails: number }>`
    select 1 as lane, mails from sending_days where day = ${dayOf(now)}::date
    union all select lane, mails from lane_days where day = ${dayOf(now)}::date`.execute(db);
  return new Map(rows.map(({ lane, mails }) => [lane, mails]));
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
