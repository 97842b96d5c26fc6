import type { Context } from '../../context.ts';
import type { Week } from '../../week.ts';
import type { Issue } from '../record/issue.ts';
import { findSentOn, listWaitingOn } from './_one-a-day.ts';

/** The week of an issue that went out today, or of another one that waits to go out today. */
export async function findOtherToday({ config, db, now }: Context, { id }: Issue): Promise<Week | undefined> {
  const waiting = await listWaitingOn(db, now(), config.timezone);
  return (await findSentOn(db, now(), config.timezone)) ?? waiting.find((other) => other.id !== id)?.week;
}
