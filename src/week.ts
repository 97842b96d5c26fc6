import { CronExpressionParser } from 'cron-parser';
import { AppError } from './errors.ts';

/** An ISO 8601 week such as `2026-W47`. Weeks sort as text. */
export type Week = string;

export interface Occurrence {
  at: Date;
  /** The local wall-clock time; unique even when a clock change repeats an hour. */
  period: string;
  week: Week;
}

const HOUR_MS = 3_600_000;

export function weekOf(instant: Date, timezone: string): Week {
  return weekOfDay(localTime(instant, timezone).toPlainDate());
}

export function mondayOf(week: Week): Temporal.PlainDate {
  const [year = 0, number = 0] = week.split('-W').map(Number);
  const fourthOfJanuary = Temporal.PlainDate.from({ year, month: 1, day: 4 });
  const firstMonday = fourthOfJanuary.subtract({ days: fourthOfJanuary.dayOfWeek - 1 });
  return firstMonday.add({ weeks: number - 1 });
}

/** Weeks since the first week of 2020; used to rotate whatever varies from week to week. */
export function weekIndexOf(week: Week): number {
  return Math.floor(mondayOf(week).since('2020-01-06', { largestUnit: 'day' }).days / 7);
}

/** Parses a week entered by a person, such as `2026-W47`. */
export function parseWeek(text: string): Week {
  const week = text.toUpperCase();
  if (!/^\d{4}-W\d{2}$/.test(week) || weekOfDay(mondayOf(week)) !== week) {
    throw new AppError('invalid_input', `"${text}" is not a week; write one as 2026-W47.`);
  }
  return week;
}

export function shiftWeek(week: Week, weeks: number): Week {
  return weekOfDay(mondayOf(week).add({ weeks }));
}

/** Whether this is the time zone of a place, not an offset: PostgreSQL reads +05:30 with the opposite sign (POSIX). */
export function isTimeZone(name: string): boolean {
  try {
    return /^[a-z]/i.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

const FULL_DATE = { day: 'numeric', month: 'long', year: 'numeric' } as const;

/** By the parts of the date that they show: making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats a day as readers see it, such as "17 November 2026". */
export function formatDay(day: Temporal.PlainDate, parts: Intl.DateTimeFormatOptions = FULL_DATE): string {
  const key = JSON.stringify(parts);
  // A day has no time zone, but without one this would read the machine's, which may be misspelled in TZ.
  const format = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: 'UTC' });
  formats.set(key, format);
  return format.format(day);
}

/**
 * The last time a cron expression was due at or before `now`. It is evaluated in wall-clock time: a time inside the
 * spring gap is due just after the gap, a time in the repeated autumn hour only once.
 */
export function findLastOccurrence(expression: string, now: Date, timezone: string): Occurrence {
  const wallNow = localTime(now, timezone).toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds;
  const wallTimes = CronExpressionParser.parse(expression, {
    currentDate: new Date(wallNow + 3 * HOUR_MS),
    tz: 'UTC',
  });
  for (;;) {
    const occurrence = occurrenceAt(wallTimes.prev().toDate(), timezone);
    if (occurrence.at <= now) {
      return occurrence;
    }
  }
}

/** The first time a cron expression is due after `now`, in wall-clock time as in `findLastOccurrence`. */
export function findNextOccurrence(expression: string, now: Date, timezone: string): Occurrence {
  const wallNow = localTime(now, timezone).toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds;
  const wallTimes = CronExpressionParser.parse(expression, {
    currentDate: new Date(wallNow - 3 * HOUR_MS),
    tz: 'UTC',
  });
  let found: Occurrence | undefined;
  for (;;) {
    const next = occurrenceAt(wallTimes.next().toDate(), timezone);
    // A time inside the spring gap is due later than some times with a later wall-clock time.
    if (found && next.at.getTime() > found.at.getTime() + 3 * HOUR_MS) {
      return found;
    }
    if (next.at > now && (!found || next.at < found.at)) {
      found = next;
    }
  }
}

/** `wall` is the wall-clock time expressed as UTC. */
function occurrenceAt(wall: Date, timezone: string): Occurrence {
  const time = Temporal.PlainDateTime.from(wall.toISOString().slice(0, 19));
  return {
    at: new Date(time.toZonedDateTime(timezone).epochMilliseconds),
    period: time.toString({ smallestUnit: 'minute' }),
    week: weekOfDay(time.toPlainDate()),
  };
}

function localTime(instant: Date, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timezone);
}

function weekOfDay(day: Temporal.PlainDate): Week {
  return `${day.yearOfWeek}-W${String(day.weekOfYear).padStart(2, '0')}`;
}

/** "2026-11-27 00:01 UTC" */
export function describeTime(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
