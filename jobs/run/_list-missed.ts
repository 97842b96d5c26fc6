import type { Context } from '../../src/context.ts';
import type { Tx } from '../../src/database/connect.ts';
import { findNextOccurrence, type Occurrence } from '../../src/week.ts';

/** About a year of weeks. */
const MAX_MISSED = 60;

/** The times of a schedule between its last run and this one, at which no process ran. */
export async function listMissed(
  { config }: Context,
  tx: Tx,
  schedule: 'draft' | 'digest',
  { at, period }: Occurrence,
): Promise<Occurrence[]> {
  const { last_at } = await tx
    .selectFrom('schedule_runs')
    .select(({ fn }) => fn.max('ran_at').as('last_at'))
    .where('schedule', '=', schedule)
    .where('period', '<', period)
    .executeTakeFirstOrThrow();
  if (!last_at) {
    return [];
  }
  const expression = config.schedules[schedule];
  const missed: Occurrence[] = [];
  let next = findNextOccurrence(expression, last_at, config.timezone);
  while (next.at < at && missed.length < MAX_MISSED) {
    missed.push(next);
    next = findNextOccurrence(expression, next.at, config.timezone);
  }
  return missed;
}
