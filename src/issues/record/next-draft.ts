import type { Context } from '../../context.ts';
import { findNextOccurrence, type Occurrence, type Week } from '../../week.ts';

/** The next time of SCHEDULE_DRAFT in a week that has no issue yet: staff, or the demo, may have drafted ahead. */
export async function findNextDraft({
  config,
  db,
  now,
}: Pick<Context, 'config' | 'db' | 'now'>): Promise<Occurrence> {
  const issues = await db.selectFrom('issues').select('week').orderBy('week', 'desc').limit(20).execute();
  const known = new Set(issues.map(({ week }) => week));
  return skipWeeks(findNextOccurrence(config.schedules.draft, now(), config.timezone), known, config);
}

/** This draft, or the first one after it in none of these weeks. */
export function skipWeeks(
  first: Occurrence,
  weeks: ReadonlySet<Week>,
  { schedules, timezone }: Pick<Context['config'], 'schedules' | 'timezone'>,
): Occurrence {
  let draft = first;
  while (weeks.has(draft.week)) {
    draft = findNextOccurrence(schedules.draft, draft.at, timezone);
  }
  return draft;
}
