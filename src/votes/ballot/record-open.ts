import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { preparedStatement } from '../../database/connect.ts';
import type { Ballot } from '../../links/tokens.ts';
import type { Verdict } from '../../database/schema.ts';
import { createBatcher } from '../../concurrency/batcher.ts';

interface Open extends Ballot {
  tool_slug: string;
  choice: Verdict;
  at: Date;
}

const recordOpens = createBatcher(writeOpens, { maxItems: 2_000 });

/** Records that a person or a scanner opened a vote link: evidence, never a vote. */
export function recordOpen(
  context: Context,
  ballot: Ballot,
  tool_slug: string,
  choice: Verdict,
): Promise<void> {
  return recordOpens(context, { ...ballot, tool_slug, choice, at: context.now() });
}

async function writeOpens({ preparedDb }: Context, opens: readonly Open[]): Promise<undefined[]> {
  await sql`
    ${preparedStatement('record-opens')}
    insert into link_opens (issue_id, subscriber_id, tool_slug, choice, opens, first_at, last_at)
    select issue_id, subscriber_id, tool_slug, choice, count(*), min(at), max(at)
    from unnest(${opens.map(({ issue_id }) => issue_id)}::integer[], ${opens.map(({ subscriber_id }) => subscriber_id)}::bigint[],
      ${opens.map(({ tool_slug }) => tool_slug)}::text[], ${opens.map(({ choice }) => choice)}::text[],
      ${opens.map(({ at }) => at)}::timestamptz[]) as opened (issue_id, subscriber_id, tool_slug, choice, at)
    group by issue_id, subscriber_id, tool_slug, choice
    order by issue_id, subscriber_id, tool_slug, choice
    on conflict (issue_id, subscriber_id, tool_slug, choice) do update
      set opens = link_opens.opens + excluded.opens, last_at = greatest(link_opens.last_at, excluded.last_at)`.execute(
    preparedDb,
  );
  return opens.map(() => undefined);
}
