import type { Context } from '../../context.ts';
import { findLastOccurrence, findNextOccurrence, weekOf } from '../../week.ts';
import { skipWeeks } from './next-draft.ts';
import { sendTimeOf } from './send-time.ts';

/** Enough to include every issue that waits: issues are drafted at most four weeks ahead. */
const LOADED_ISSUES = 20;
/** How long after its scheduled time a draft is still expected; a worker usually makes it within a minute. */
const DRAFTING_MS = 15 * 60_000;

export interface NextSendTime {
  at: Date;
  /** False if something else may go out earlier: an issue that is held or due, or one that should have been drafted. */
  is_certain: boolean;
}

/** When the next issue goes out: one that waits, or the first one yet to be drafted, in a week that has none. */
export async function findNextSendTime({
  config,
  db,
  installation,
  now,
}: Pick<Context, 'config' | 'db' | 'installation' | 'now'>): Promise<NextSendTime> {
  const { schedules, timezone } = config;
  const issues = await db
    .selectFrom('issues')
    .select(['week', 'status', 'send_at'])
    .orderBy('week', 'desc')
    .limit(LOADED_ISSUES)
    .execute();
  const known = new Set(issues.map(({ week }) => week));
  const last = findLastOccurrence(schedules.draft, now(), timezone);
  const isDrafting = now().getTime() - last.at.getTime() < DRAFTING_MS;
  const isMissing = !known.has(last.week) && !isDrafting && last.at >= installation.created_at;
  const next = isDrafting ? last : findNextOccurrence(schedules.draft, now(), timezone);
  const draft = skipWeeks(next, known, config);
  const { at: undrafted } = sendTimeOf(config, { week: draft.week, drafted_at: draft.at, due_at: draft.at });
  const isComing = (at: Date | null): at is Date => at !== null && at > now() && at <= undrafted;
  const coming = (statuses: readonly string[]) =>
    issues.flatMap(({ status, send_at }) =>
      statuses.includes(status) && isComing(send_at) ? [send_at] : [],
    );
  const earliest = Math.min(undrafted.getTime(), ...coming(['draft', 'approved']).map(Number));
  // Once released or approved, such an issue goes out within a minute, as long as the week of its send time lasts.
  const isDue = issues.some(
    ({ status, send_at }) =>
      ['held', 'draft', 'approved'].includes(status) &&
      send_at !== null &&
      send_at <= now() &&
      weekOf(send_at, timezone) >= weekOf(now(), timezone),
  );
  return {
    at: new Date(earliest),
    is_certain: !isMissing && !isDue && coming(['held']).every((at) => at.getTime() > earliest),
  };
}
