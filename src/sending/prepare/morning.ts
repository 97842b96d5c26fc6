import { findNextOccurrence, isTimeZone } from '../../week.ts';

const MORNING = '0 8 * * *';

/** The first 08:00 of a time zone at or after `now`; undefined if this system knows no place with that time zone. */
export function findMorning(zone: string, now: Date): Date | undefined {
  return isTimeZone(zone) ? findNextOccurrence(MORNING, new Date(now.getTime() - 1), zone).at : undefined;
}
