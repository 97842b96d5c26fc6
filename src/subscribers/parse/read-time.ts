import { readInstant } from '../join/consent.ts';

/**
 * A time as PostgreSQL, Go, spreadsheets and the services write it: with a space for the T, a fraction of any length,
 * an offset with or without colon and minutes, and the name of a zone after an offset, since a name alone says nothing.
 * Groups: day, time, fraction, zone.
 */
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))? ?(?:(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)(?: [A-Z]{2,5})?)?$/i;

/**
 * A point in time; without a zone it is in UTC. Invalid Date for anything else, including dates written in another
 * order.
 */
export function readTime(text: string): Date {
  const [, day, time = '', fraction, zone = 'Z'] = TIMESTAMP.exec(text) ?? [];
  if (day === undefined) {
    return readInstant(text);
  }
  const seconds = time.length === 5 ? `${time}:00` : time;
  const withColon = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2).padStart(2, '0')}` : 'Z';
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : withColon;
  return readInstant(`${day}T${seconds}.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}${offset}`);
}
