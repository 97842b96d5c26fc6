import type { Context } from '../../context.ts';
import { findNextOccurrence } from '../../week.ts';

/** Beyond them nobody has skipped or sent anything. */
const WEEKS_AHEAD = 10;

export interface NextSendTime {
  at: Date;
  /** False while an issue that is held may go out before. */
  is_certain: boolean;
}

/** When the next issue goes out: one that waits, or the first that will be drafted, in a week that has none yet. */
export async function findNextSendTime({
  config,
  db,
  now,
}: Pick<Context, 'config' | 'db' | 'now'>): Promise<NextSendTime> {
  const { schedules, timezone } = config;
  const issues = await db
    .selectFrom('issues')
    .select(['week', 'status', 'send_at'])
    .orderBy('week', 'desc')
    .limit(2 * WEEKS_AHEAD)
    .execute();
  const known = new Set(issues.map(({ week }) => week));
  let undrafted = findNextOccurrence(schedules.send, now(), timezone);
  while (known.has(undrafted.week)) {
    undrafted = findNextOccurrence(schedules.send, undrafted.at, timezone);
  }
  const isComing = (at: Date | null): at is Date => at !== null && at > now() && at <= undrafted.at;
  const coming = (statuses: readonly string[]) =>
    issues.flatMap(({ status, send_at }) =>
      statuses.includes(status) && isComing(send_at) ? [send_at] : [],
    );
  const waiting = Math.min(undrafted.at.getTime(), ...coming(['draft', 'approved']).map(Number));
  return { at: new Date(waiting), is_certain: coming(['held']).every((at) => at.getTime() > waiting) };
}
