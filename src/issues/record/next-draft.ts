import type { Context } from '../../context.ts';
import { findNextOccurrence, type Occurrence } from '../../week.ts';

/** The next time of SCHEDULE_DRAFT in a week that has no issue yet: staff, or the demo, may have drafted ahead. */
export async function findNextDraft({
  config: { schedules, timezone },
  db,
  now,
}: Pick<Context, 'config' | 'db' | 'now'>): Promise<Occurrence> {
  const issues = await db.selectFrom('issues').select('week').orderBy('week', 'desc').limit(20).execute();
  const known = new Set(issues.map(({ week }) => week));
  let draft = findNextOccurrence(schedules.draft, now(), timezone);
  while (known.has(draft.week)) {
    draft = findNextOccurrence(schedules.draft, draft.at, timezone);
  }
  return draft;
}
