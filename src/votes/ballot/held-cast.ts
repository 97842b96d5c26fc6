import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { voterKey } from '../../installation/installation.ts';
import { preparedStatement } from '../../database/connect.ts';
import type { Verdict } from '../../database/schema.ts';
import type { Ballot } from '../../links/tokens.ts';
import type { BallotTool } from './ballot.ts';

/**
 * Whether this choice is the reader's last word on a tool and does not count: it is held, either as their vote or while
 * an earlier vote still stands.
 */
export async function hasHeldCast(
  { installation, preparedDb }: Context,
  { issue_id, subscriber_id }: Ballot,
  tool: BallotTool,
  choice: Verdict,
): Promise<boolean> {
  if (tool.choice === choice || tool.state !== 'counted') {
    return tool.choice === choice && tool.state === 'held';
  }
  const { rows } = await sql<{ choice: Verdict }>`
    ${preparedStatement('find-last-cast')}
    select choice from casts where issue_id = ${issue_id} and voter_key = ${voterKey(installation, subscriber_id)}
      and tool_slug = ${tool.slug}
    order by cast_at desc, id desc limit 1`.execute(preparedDb);
  return rows[0]?.choice === choice;
}
