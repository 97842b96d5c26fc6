import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';

export interface HeldHour {
  /** Hours since the issue began to be sent, from 0. */
  hour: number;
  votes: number;
}

/**
 * When the held votes of an issue were cast: scanners' votes come within minutes of the mail, people's over days. Hours
 * without votes are left out.
 */
export async function countHeldOverTime(db: Db, issueId: number, since: Date): Promise<HeldHour[]> {
  const { rows } = await sql<HeldHour>`
    select greatest(0, floor(extract(epoch from coalesce(held.cast_at, (
      select cast_at from votes
      where issue_id = ${issueId} and voter_key = held.voter_key and tool_slug = held.tool_slug
    )) - ${since}) / 3600))::integer as hour, count(*) as votes
    from held_votes as held where held.issue_id = ${issueId} group by 1 order by 1`.execute(db);
  return rows;
}
