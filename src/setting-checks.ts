import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

/** Five fields of numbers, names and the usual signs; no random `H`, which would fall due anew at every look. */
const CRON_FIELD =
  /^(?:[\d*,/-]|SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)+$/i;

/** Five fields that always fall due at the same times. */
export function isCron(value: string): boolean {
  try {
    CronExpressionParser.parse(value);
    const fields = value.trim().split(/\s+/);
    return fields.length === 5 && fields.every((field) => CRON_FIELD.test(field));
  } catch {
    return false;
  }
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
