import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import type { MailClass } from '../../database/schema.ts';

export interface HeldGroup {
  reason: string;
  tool_slug: string;
  mail_host: string | null;
  mail_class: MailClass;
  ship: number;
  skip: number;
}

/** The held votes of an issue by reason, tool and mail host, largest group first. */
export async function listHeld(db: Db, issueId: number): Promise<HeldGroup[]> {
  const { rows } = await sql<HeldGroup>`
    select votes.reason, votes.tool_slug, held.mail_host,
      coalesce(learned_classes.class, known.known_class, 'unknown') as mail_class,
      count(*) filter (where votes.choice = 'ship') as ship, count(*) filter (where votes.choice = 'skip') as skip
    from votes
    left join lateral (
      select mail_host from casts where casts.issue_id = votes.issue_id and casts.voter_key = votes.voter_key limit 1
    ) as held on true
    left join learned_classes on learned_classes.scope = 'mail host' and learned_classes.name = held.mail_host
    left join lateral (
      select known_class from mail_domains where mail_domains.mail_host = held.mail_host limit 1
    ) as known on true
    where votes.issue_id = ${issueId} and votes.state = 'held'
    group by votes.reason, votes.tool_slug, held.mail_host, mail_class
    order by count(*) desc, votes.reason, votes.tool_slug, held.mail_host`.execute(db);
  return rows;
}
