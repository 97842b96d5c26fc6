import type { Config } from '../../config/config.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { closingTimeOf } from '../../issues/record/send-time.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { Week } from '../../week.ts';

export interface BeingSent {
  week: Week;
  prepared_at: Date | null;
  /** When it was last resumed; staff may do that with an issue that is late. */
  resumed_at: Date | null;
}

const closingTimes = new WeakMap<Config, Map<string, Date>>();

/** Voting on it has ended, of which its mail says that it is to come: the rest goes out only if staff say so after that. */
export function isLate(config: Config, { week, prepared_at, resumed_at }: BeingSent, now: Date): boolean {
  if (!prepared_at) {
    return false;
  }
  const known = closingTimes.get(config) ?? new Map<string, Date>();
  closingTimes.set(config, known);
  const key = `${week} ${prepared_at.getTime()}`;
  const closes_at = known.get(key) ?? closingTimeOf(config, week, prepared_at);
  known.set(key, closes_at);
  return closes_at <= now && (resumed_at === null || resumed_at < closes_at);
}

/** Pauses what is left of a late issue until staff decide, and tells them once. */
export async function pauseLate(context: Context, issueId: number): Promise<void> {
  await context.db.transaction().execute((tx) => waitForStaff(context, tx, issueId));
}

/** The same inside a transaction that has locked the issue, also for one that would resume by itself. */
export async function waitForStaff(context: Context, tx: Tx, issueId: number): Promise<void> {
  const reason = 'voting on it has closed before all of it was sent';
  const week = await transitionIssue(tx, issueId, ['sending', 'paused'], 'paused', context.now(), { reason });
  if (week) {
    await notifyStaff(context, tx, `late ${week}`, {
      title: `Paused: issue of ${week}`,
      message:
        `What is left of the issue of ${week} did not go out in time: voting on it has closed, although its mail says that it is to come. ` +
        `\`verdicts issue resume ${week}\` sends it all the same, \`verdicts issue cancel ${week}\` leaves it out.`,
      week,
    });
  }
}
