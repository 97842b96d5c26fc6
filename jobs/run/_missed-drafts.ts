import type { Context } from '../../src/context.ts';
import type { Tx } from '../../src/database/connect.ts';
import { LOST_WEEK } from '../../src/issues/decide/draft.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { findNextOccurrence, type Occurrence } from '../../src/week.ts';

/** About a year of weeks. */
const MAX_MISSED = 60;
/** More weeks than these are too many for a mail's subject. */
const MAX_NAMED = 4;

/** The drafts that fell due between the last one and this one while no worker ran. */
export async function listMissed(
  { config }: Context,
  tx: Tx,
  { at, period }: Occurrence,
): Promise<Occurrence[]> {
  const { last_at } = await tx
    .selectFrom('schedule_runs')
    .select(({ fn }) => fn.max('ran_at').as('last_at'))
    .where('schedule', '=', 'draft')
    .where('period', '<', period)
    .executeTakeFirstOrThrow();
  if (!last_at) {
    return [];
  }
  const missed: Occurrence[] = [];
  let next = findNextOccurrence(config.schedules.draft, last_at, config.timezone);
  while (next.at < at && missed.length < MAX_MISSED) {
    missed.push(next);
    next = findNextOccurrence(config.schedules.draft, next.at, config.timezone);
  }
  return missed;
}

/** Weeks that have an issue all the same, or had one that a restore lost, are left out. */
export async function notifyNotDrafted(
  context: Context,
  tx: Tx,
  missed: readonly Occurrence[],
): Promise<void> {
  if (missed.length === 0) {
    return;
  }
  const periods = new Map(missed.map(({ week, period }) => [week, period]));
  const known = await tx
    .selectFrom('issues')
    .select('week')
    .where('week', 'in', [...periods.keys()])
    .union(tx.selectFrom('schedule_runs').select('period as week').where('schedule', '=', LOST_WEEK))
    .execute();
  known.forEach(({ week }) => periods.delete(week));
  const weeks = [...periods.keys()];
  if (weeks.length > 0) {
    const list =
      weeks.length > MAX_NAMED
        ? `${weeks[0]} to ${weeks.at(-1)} (${weeks.length} weeks)`
        : new Intl.ListFormat('en').format(weeks);
    const last = [...periods.values()].at(-1);
    const isOne = weeks.length === 1;
    await notifyStaff(context, tx, `too late draft ${last}`, {
      title: `Not drafted: issue${isOne ? '' : 's'} of ${list}`,
      message: isOne
        ? `No worker was running at ${last}, when the issue of ${list} was to be drafted. That week is over, so it has no issue.`
        : `No worker was running when the issues of ${list} were to be drafted, the last one at ${last}. Those weeks are over, so they have no issue.`,
    });
  }
}
