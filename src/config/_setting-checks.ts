import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

/** Five fields of numbers, names and the usual signs; no random `H`, which would fall due anew at every look. */
const CRON_FIELD =
  /^(?:[\d*,/-]|SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)+$/i;

/** The day that every month has. */
const LAST_DAY_OF_ALL = 28;

/**
 * What is wrong with a cron expression, undefined for nothing. Only what every reader of cron takes alike is good: five
 * fields, not a day of the month and a weekday at once ("or" for cron, "and" for others), no day that some months lack.
 */
export function findCronProblem(value: string, example: string): string | undefined {
  const fields = value.trim().split(/\s+/);
  const days =
    fields.length === 5 && fields.every((field) => CRON_FIELD.test(field)) ? readDays(value) : undefined;
  if (!days) {
    return `must be a cron expression of five fields (minute, hour, day, month, weekday), for example "${example}"`;
  }
  if (days.ofMonth.length > 0 && days.areOfWeek) {
    return (
      'names a day of the month and a weekday, of which some programs take either and others both; ' +
      `put * for one of them, for example "${example}"`
    );
  }
  const missing = days.ofMonth.find((day) => day > LAST_DAY_OF_ALL);
  return missing === undefined
    ? undefined
    : `falls on day ${missing}, which some months do not have; the last one that all have is ${LAST_DAY_OF_ALL}`;
}

/** Days of the month, none for all of them; and whether weekdays are named. */
function readDays(value: string): { ofMonth: number[]; areOfWeek: boolean } | undefined {
  try {
    const { dayOfMonth, dayOfWeek } = CronExpressionParser.parse(value).fields;
    return {
      ofMonth: dayOfMonth.isWildcard ? [] : dayOfMonth.values.map(Number),
      areOfWeek: !dayOfWeek.isWildcard,
    };
  } catch {
    return undefined;
  }
}

const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000 };

/** Milliseconds of `90m` or `4h`; undefined for anything else. */
export function readDuration(value: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,5})\s*([mh])$/.exec(value) ?? [];
  const unit_ms = UNITS_MS[unit];
  return unit_ms === undefined ? undefined : Number(number) * unit_ms;
}

export function isTimeZone(value: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: value }));
  } catch {
    return false;
  }
}

/** An http or https address of a host alone: no path, no query, no password. */
export function isWebUrl(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/'
  );
}

export function isAddress(value: string): boolean {
  return z.email().safeParse(value).success;
}

/** Newest first. */
export function splitSecrets(value: string): string[] {
  return value
    .split(',')
    .map((secret) => secret.trim())
    .filter(Boolean);
}
