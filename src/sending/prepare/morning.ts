import { findNextOccurrence } from '../../week.ts';

const MORNING = '0 8 * * *';

/** The first 08:00 of a time zone at or after `now`; undefined if this system knows no place with that time zone. */
export function findMorning(zone: string, now: Date): Date | undefined {
  return isTimeZone(zone) ? findNextOccurrence(MORNING, new Date(now.getTime() - 1), zone).at : undefined;
}

function isTimeZone(name: string): boolean {
  try {
    // An offset such as +01:00 is not the time zone of a place.
    return /^[a-z]/i.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
