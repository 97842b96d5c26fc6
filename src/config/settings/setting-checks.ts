import { CronExpressionParser } from 'cron-parser';
import { readAddress } from '../../address/read-address.ts';
import type { TrustedProxies } from '../../network/forwarded-for.ts';
import { type Network, parseNetwork } from '../../network/network-address.ts';

/** Numbers, names and the usual operators. Not the random `H`, which differs on every evaluation. */
const CRON_FIELD =
  /^(?:[\d*,/-]|SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)+$/i;

/** The last day that exists in every month. */
const MAX_DAY_IN_ALL_MONTHS = 28;

/**
 * Describes the problem with a cron expression; undefined if valid. Accepts only what all cron implementations
 * interpret alike: five fields, not both a day of the month and a weekday ("or" in cron, "and" in others), no day that
 * some months lack.
 */
export function findCronProblem(value: string, example: string): string | undefined {
  const fields = value.trim().split(/\s+/);
  const days =
    fields.length === 5 && fields.every((field) => CRON_FIELD.test(field)) ? readDays(value) : undefined;
  if (!days) {
    return `must be a cron expression of five fields (minute, hour, day, month, weekday), for example "${example}"`;
  }
  if (days.ofMonth.length > 0 && days.hasWeekdays) {
    return (
      'names a day of the month and a weekday, which some programs combine with "or" and others with "and"; ' +
      `use * for one of them, for example "${example}"`
    );
  }
  const missing = days.ofMonth.find((day) => day > MAX_DAY_IN_ALL_MONTHS);
  return missing === undefined
    ? undefined
    : `falls on day ${missing}, which some months do not have; use day ${MAX_DAY_IN_ALL_MONTHS} or earlier`;
}

/** The days of the month (empty for `*`), and whether weekdays are restricted. */
function readDays(value: string): { ofMonth: number[]; hasWeekdays: boolean } | undefined {
  try {
    const { dayOfMonth, dayOfWeek } = CronExpressionParser.parse(value).fields;
    return {
      ofMonth: dayOfMonth.isWildcard ? [] : dayOfMonth.values.map(Number),
      hasWeekdays: !dayOfWeek.isWildcard,
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

/** `Europe/Brussels` for `CET`: PostgreSQL takes short names for abbreviations first, without daylight saving time. */
export function toRegionalTimeZone(timezone: string): string {
  return timezone.includes('/')
    ? timezone
    : new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
}

/** An http or https URL with a host only: no path, query, fragment or credentials. */
export function isWebUrl(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/'
  );
}

/** Scheme and host, in lower case and ASCII, without a trailing slash; undefined for anything that is not just that. */
export function normalizeWebUrl(value: string): string | undefined {
  return isWebUrl(value) ? new URL(value).origin : undefined;
}

/** The name in quotation marks where a mail header needs them (RFC 5322, section 3.4), the address in ASCII. */
export function normalizeSender(value: string): string | undefined {
  const [, quoted, plain, address = ''] =
    /^\s*(?:"((?:[^"\\]|\\.)+)"|([^<>"]+?))\s*<([^<>]+)>\s*$/.exec(value) ?? [];
  const name = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
  const normalized = readAddress(address).address;
  if (name === undefined || normalized === undefined || /\p{Cc}/u.test(name)) {
    return undefined;
  }
  const isQuoted = /[^\p{L}\p{M}\p{N} !#$%&'*+\-/=?^_`{|}~’–]/u.test(name);
  return `${isQuoted ? `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"` : name} <${normalized}>`;
}

/** Newest first. */
export function splitSecrets(value: string): string[] {
  return value
    .split(',')
    .map((secret) => secret.trim())
    .filter(Boolean);
}

/** A number up to 9, or comma-separated networks; undefined for anything else. */
export function readTrustedProxies(value: string): TrustedProxies | undefined {
  if (/^\d$/.test(value)) {
    return Number(value);
  }
  const networks = value.split(',').map(parseNetwork);
  return networks.every((network): network is Network => network !== undefined) ? networks : undefined;
}
