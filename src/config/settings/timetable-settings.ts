import * as z from 'zod';
import { optionalText } from './setting-types.ts';
import { isTimeZone } from '../../week.ts';
import { findCronProblem, readDuration, toRegionalTimeZone } from './setting-checks.ts';

function cron(fallback: string) {
  return optionalText
    .transform((value) => value ?? fallback)
    .superRefine((value, { addIssue }) => {
      const problem = findCronProblem(value, fallback);
      if (problem) {
        addIssue({ code: 'custom', message: problem });
      }
    });
}

const MAX_REVIEW_WINDOW_MS = 7 * 86_400_000;

/** The weekly and monthly schedule. */
export const timetableSettings = {
  TIMEZONE: optionalText
    .transform((value) => value ?? 'UTC')
    .refine(isTimeZone, { error: 'must be an IANA time zone, for example Europe/Berlin' })
    .transform(toRegionalTimeZone),
  SCHEDULE_DRAFT: cron('0 6 * * 1'),
  SCHEDULE_SEND: cron('0 14 * * 2'),
  SCHEDULE_CLOSE: cron('0 5 * * 1'),
  SCHEDULE_DIGEST: cron('0 14 2 * *'),
  REVIEW_WINDOW: optionalText
    .transform((value) => readDuration(value ?? '4h'))
    .refine((value) => value !== undefined && value <= MAX_REVIEW_WINDOW_MS, {
      error: 'must be a duration in minutes or hours, at most 168h, for example 4h or 90m',
    })
    .transform((value) => value ?? 0),
};

type TimetableValues = z.infer<z.ZodObject<typeof timetableSettings>>;

export type Timetable = ReturnType<typeof readTimetableSettings>;

export function readTimetableSettings(value: TimetableValues) {
  return {
    timezone: value.TIMEZONE,
    /** Cron expressions, evaluated in `timezone`. */
    schedules: {
      draft: value.SCHEDULE_DRAFT,
      send: value.SCHEDULE_SEND,
      close: value.SCHEDULE_CLOSE,
      digest: value.SCHEDULE_DIGEST,
    },
    /** Minimum time between drafting and sending, so that staff can review the draft. */
    reviewWindowMs: value.REVIEW_WINDOW,
  };
}
