import type { Timetable } from '../../config/settings/timetable-settings.ts';
import {
  findNextOccurrence,
  formatDay,
  mondayOf,
  type Occurrence,
  shiftWeek,
  type Week,
  weekOf,
} from '../../week.ts';

const CLOSING_DAY = { weekday: 'long', day: 'numeric', month: 'long' } as const;

export interface SendTime {
  at: Date;
  /** The week is over, or the review window postponed sending beyond the week of its scheduled time. */
  is_too_late: boolean;
}

/**
 * When a draft is sent: the first time of SCHEDULE_SEND after the draft was due (if drafted manually: after it was
 * made), in its week or later, and at least REVIEW_WINDOW after it was made. A draft of a past week is always too late.
 */
export function sendTimeOf(
  { schedules, timezone, reviewWindowMs }: Timetable,
  { week, drafted_at, due_at = drafted_at }: { week: Week; drafted_at: Date; due_at?: Date | undefined },
): SendTime {
  // A millisecond before the week begins: findNextOccurrence returns only times after its argument.
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

/**
 * Whether the send time has passed and the week of that time is over: the issue then goes out only if staff send it.
 */
export function hasMissedItsWeek(
  config: Timetable,
  issue: { week: Week; drafted_at: Date; send_at: Date | null },
  now: Date,
): boolean {
  const at = issue.send_at ?? sendTimeOf(config, issue).at;
  return at <= now && weekOf(at, config.timezone) < weekOf(now, config.timezone);
}

/** "Tuesday 1 December 2026, 14:00 (UTC)", in the newsletter's time zone. */
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

/**
 * The time that `describeClosing` named, or the beginning of the day if it names only a day, as in mails of earlier versions: it
 * remains a promise when SCHEDULE_CLOSE changes. Undefined if `votes_until` names no day within a year from `sent_at`.
 */
function promisedClosing(
  votes_until: string,
  sent_at: Date,
  timezone: string,
): Temporal.ZonedDateTime | undefined {
  const [name = '', time = ''] = votes_until.split(', ');
  // That of the mail, if TIMEZONE has changed since.
  const zone = /\(([^)]+)\)$/.exec(time)?.[1] ?? timezone;
  const sent = Temporal.Instant.fromEpochMilliseconds(sent_at.getTime())
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  const days = Array.from({ length: 366 }, (_, index) => sent.add({ days: index }));
  const plainTime = /^\d\d:\d\d/.exec(time)?.[0] ?? '00:00';
  return days
    .find((day) => formatDay(day, CLOSING_DAY) === name)
    ?.toZonedDateTime({ timeZone: zone, plainTime });
}

/** Of an issue that goes out late. */
const MIN_VOTING_MS = 6 * 3_600_000;

/**
 * Voting on an issue closes at the first time of SCHEDULE_CLOSE after its week has ended, and at least six hours after it was
 * sent.
 */
function closingOf({ schedules, timezone }: Timetable, week: Week, send_at: Date): Occurrence {
  const weekEnds = mondayOf(shiftWeek(week, 1)).toZonedDateTime(timezone).epochMilliseconds - 1;
  return findNextOccurrence(
    schedules.close,
    new Date(Math.max(weekEnds, send_at.getTime() + MIN_VOTING_MS)),
    timezone,
  );
}

export function closingTimeOf(timetable: Timetable, week: Week, send_at: Date): Date {
  return closingOf(timetable, week, send_at).at;
}

/**
 * When voting on an issue that went out ends: at its closing time, but not before the time that its mail names, so that
 * a change of SCHEDULE_CLOSE breaks no promise.
 */
export function votingEndsAt(
  timetable: Timetable,
  { week, prepared_at, votes_until }: { week: Week; prepared_at: Date; votes_until: string },
): Date {
  const closing = closingTimeOf(timetable, week, prepared_at);
  const promised = promisedClosing(votes_until, prepared_at, timetable.timezone);
  return new Date(Math.max(closing.getTime(), promised?.epochMilliseconds ?? 0));
}

/** The time of `closingTimeOf`, as the mail names it: "Monday 30 November, 05:00 (UTC)". */
export function describeClosing(timetable: Timetable, week: Week, send_at: Date): string {
  const { timezone } = timetable;
  const closing = closingTimeOf(timetable, week, send_at);
  const at = Temporal.Instant.fromEpochMilliseconds(closing.getTime()).toZonedDateTimeISO(timezone);
  const time = at.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${formatDay(at.toPlainDate(), CLOSING_DAY)}, ${time} (${timezone})`;
}

/** Whether a mail that says `votes_until` names this closing; mails of earlier versions name only the day. */
export function namesClosing(votes_until: string, closing: string): boolean {
  return votes_until === closing || votes_until === closing.split(', ')[0];
}
