import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';

/** The readers of an issue who get it at one time. */
export interface SendingGroup {
  /** Null: as soon as the issue is sent. */
  send_at: Date | null;
  /** How many mails it had when the issue was prepared; sending one again does not count it twice. */
  mails: number;
  /** Those whose batch was sent, or given up after 23 hours. */
  done: number;
}

const DAY_MINUTES = 1_440;
const MORNING_MINUTES = 480;
/** The UTC offset of the Line Islands (IANA time zone database). */
const EASTERNMOST_MINUTES = 14 * 60;

/** In sending order; a single group if nobody chose their own morning. Fast, as it counts batches, not deliveries. */
export async function loadGroups(db: Db, issueId: number): Promise<SendingGroup[]> {
  const { rows } = await sql<SendingGroup>`
    select send_at, coalesce(sum(mails), 0)::integer as mails,
      coalesce(sum(mails) filter (where status in ('settled', 'unknown')), 0)::integer as done
    from batches where issue_id = ${issueId} and mails is not null
    group by send_at order by send_at nulls first`.execute(db);
  return rows;
}

/** "at once", "08:00 at UTC+1", or "08:00 at UTC+13 or UTC−11", which have the same morning. */
export function describeGroup({ send_at }: Pick<SendingGroup, 'send_at'>): string {
  if (!send_at) {
    return 'at once';
  }
  const minutes = send_at.getUTCHours() * 60 + send_at.getUTCMinutes();
  const offset = ((MORNING_MINUTES - minutes + 1.5 * DAY_MINUTES) % DAY_MINUTES) - DAY_MINUTES / 2;
  const isEast = offset + DAY_MINUTES <= EASTERNMOST_MINUTES;
  // So far west, zones are whole hours from UTC.
  const isWest = !isEast || offset % 60 === 0;
  return `08:00 at ${[...(isEast ? [offset + DAY_MINUTES] : []), ...(isWest ? [offset] : [])].map(describeOffset).join(' or ')}`;
}

function describeOffset(minutes: number): string {
  const rest = Math.abs(minutes) % 60;
  const hours = Math.trunc(Math.abs(minutes) / 60);
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}
