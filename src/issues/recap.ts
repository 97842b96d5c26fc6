import type { RecapContent } from '../../emails/_parts/content.ts';
import type { Tx } from '../database.ts';
import { describeCommunity, totalOf } from '../votes/tally.ts';
import type { Week } from '../week.ts';
import type { Issue } from './issue.ts';

/** The frozen result of the issue before; null when there is none, it is still open, or nobody voted. */
export async function loadRecap(tx: Tx, week: Week): Promise<RecapContent | null> {
  const last = (await tx
    .selectFrom('issues')
    .selectAll()
    .where('week', '<', week)
    .where('prepared_at', 'is not', null)
    .orderBy('week', 'desc')
    .limit(1)
    .executeTakeFirst()) as Issue | undefined;
  if (!last) {
    return null;
  }
  const tallies = await tx.selectFrom('tallies').selectAll().where('issue_id', '=', last.id).execute();
  const bySlug = new Map(tallies.map((tally) => [tally.tool_slug, tally]));
  const votes = tallies.reduce((sum, tally) => sum + totalOf(tally), 0);
  const tools = [last.content.lead, ...last.content.more].flatMap((comparison) => comparison.tools);
  return votes === 0
    ? null
    : {
        week: last.week,
        votes,
        tools: tools.map((tool) => ({
          name: tool.name,
          panel: `${tool.panel.ship} of ${tool.panel.of} ship`,
          community: describeCommunity(bySlug.get(tool.slug)),
        })),
      };
}
