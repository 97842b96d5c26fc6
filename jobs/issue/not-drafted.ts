import type { Context } from '../../src/context.ts';
import type { Tx } from '../../src/database/connect.ts';
import { LOST_WEEK } from '../../src/issues/decide/draft.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import type { Occurrence } from '../../src/week.ts';

/** More weeks than these are too many for a mail's subject. */
const MAX_NAMED = 4;

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
