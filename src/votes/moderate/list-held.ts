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
    select reason, tool_slug, held.mail_host,
      coalesce(learned_classes.class, known.known_class, 'unknown') as mail_class, ship, skip
    from (
      select reason, tool_slug, mail_host, count(*) filter (where choice = 'ship') as ship,
        count(*) filter (where choice = 'skip') as skip
      from held_votes where issue_id = ${issueId} group by reason, tool_slug, mail_host
    ) as held
    left join learned_classes on learned_classes.scope = 'mail host' and learned_classes.name = held.mail_host
    left join lateral (
      select known_class from mail_domains where mail_domains.mail_host = held.mail_host limit 1
    ) as known on true
    order by ship + skip desc, reason, tool_slug, held.mail_host`.execute(db);
  return rows;
}
