import type { Timetable } from '../../config/timetable-settings.ts';
import { findNextOccurrence, mondayOf, shiftWeek, type Week, weekOf } from '../../week.ts';

export interface SendTime {
  at: Date;
  /** Only the time to look at it moved it out of the week in which it would have gone out. */
  is_too_late: boolean;
}

/**
 * When a draft goes out: the first time of SCHEDULE_SEND after it was due (by hand: after it was made), in its week or
 * later, and never sooner than REVIEW_WINDOW after it was made. A draft of a week that is over is always too late.
 */
export function sendTimeOf(
  { schedules, timezone, reviewWindowMs }: Timetable,
  { week, drafted_at, due_at = drafted_at }: { week: Week; drafted_at: Date; due_at?: Date | undefined },
): SendTime {
  // The moment before the week begins, since an occurrence is after what it is asked for.
  const weekBegins = new Date(mondayOf(week).toZonedDateTime(timezone).epochMilliseconds - 1);
  const from = due_at > weekBegins ? due_at : weekBegins;
  const scheduled = findNextOccurrence(schedules.send, from, timezone);
  const earliest = new Date(drafted_at.getTime() + reviewWindowMs);
  const at = scheduled.at > earliest ? scheduled.at : earliest;
  return {
    at,
    is_too_late: week < weekOf(drafted_at, timezone) || weekOf(at, timezone) > scheduled.week,
  };
}

/** "Tuesday 1 December 2026, 14:00 (UTC)", on the newsletter's clock. */
export function describeSendTime(at: Date, timezone: string): string {
  const day = at.toLocaleDateString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: timezone,
  });
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: timezone });
  return `${day.replace(',', '')}, ${time} (${timezone})`;
}

/** Voting on an issue closes at the first time of SCHEDULE_CLOSE after its week and after it went out. */
export function closingDayOf(
  { schedules, timezone }: Timetable,
  week: Week,
  send_at: Date,
): Temporal.PlainDate {
  const weekEnds = mondayOf(shiftWeek(week, 1)).toZonedDateTime(timezone).epochMilliseconds - 1;
  const { period } = findNextOccurrence(
    schedules.close,
    new Date(Math.max(weekEnds, send_at.getTime())),
    timezone,
  );
  return Temporal.PlainDateTime.from(period).toPlainDate();
}
