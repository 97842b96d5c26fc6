import { CronExpressionParser } from 'cron-parser';
import { AppError } from './errors.ts';

/** An ISO 8601 week such as `2026-W47`. Weeks sort as text. */
export type Week = string;

export interface Occurrence {
  at: Date;
  /** The local wall-clock time, which a clock change cannot make happen twice. */
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

/** Weeks since the first of 2020: what changes from week to week turns by it. */
export function turnOf(week: Week): number {
  return Math.floor(mondayOf(week).since('2020-01-06', { largestUnit: 'day' }).days / 7);
}

/** Checks what a person typed: `2026-W47`. */
export function parseWeek(text: string): Week {
  const week = text.toUpperCase();
  if (!/^\d{4}-W\d{2}$/.test(week) || weekOfDay(mondayOf(week)) !== week) {
    throw new AppError('invalid_input', `"${text}" is no week; write one as 2026-W47.`);
  }
  return week;
}

export function shiftWeek(week: Week, weeks: number): Week {
  return weekOfDay(mondayOf(week).add({ weeks }));
}

/** "17 November 2026": the Monday of a week or any day, as readers see it. */
export function formatDay(day: Temporal.PlainDate): string {
  return day.toLocaleString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
}

/**
 * The last time a cron expression fell due at or before `now`. The expression is read on the wall clock: a time
 * inside the spring gap falls due just after it, a time of the repeated autumn hour only once.
 */
export function findLastOccurrence(expression: string, now: Date, timezone: string): Occurrence {
  const wallNow = localTime(now, timezone).toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds;
  const wallTimes = CronExpressionParser.parse(expression, {
    currentDate: new Date(wallNow + 3 * HOUR_MS),
    tz: 'UTC',
  });
  for (;;) {
    const wall = Temporal.PlainDateTime.from(wallTimes.prev().toDate().toISOString().slice(0, 19));
    const at = new Date(wall.toZonedDateTime(timezone).epochMilliseconds);
    if (at <= now) {
      return { at, period: wall.toString({ smallestUnit: 'minute' }), week: weekOfDay(wall.toPlainDate()) };
    }
  }
}

/** The next day on which a cron expression falls due after `now`. */
export function findNextDay(expression: string, now: Date, timezone: string): Temporal.PlainDate {
  const next = CronExpressionParser.parse(expression, { currentDate: now, tz: timezone }).next().toDate();
  return localTime(next, timezone).toPlainDate();
}

function localTime(instant: Date, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timezone);
}

function weekOfDay(day: Temporal.PlainDate): Week {
  return `${day.yearOfWeek}-W${String(day.weekOfYear).padStart(2, '0')}`;
}
