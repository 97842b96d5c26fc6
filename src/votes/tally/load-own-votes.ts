import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { voterKey } from '../../installation/installation.ts';
import type { Verdict } from '../../database/schema.ts';
import type { Week } from '../../week.ts';

/** One reader's counted votes of an issue, by tool. */
export type OwnVotes = ReadonlyMap<string, Verdict>;

interface Row {
  ordinal: number;
  tool_slug: string;
  choice: Verdict;
}

/**
 * Each reader's counted votes in a week's issue, in the order of `subscriberIds`; they no longer change once the result
 * is frozen.
 */
export async function loadOwnVotes(
  { db, installation }: Pick<Context, 'db' | 'installation'>,
  week: Week,
  subscriberIds: readonly number[],
): Promise<OwnVotes[]> {
  const keys = subscriberIds.map((id) => voterKey(installation, id));
  const { rows } = await sql<Row>`
    select ordinal, tool_slug, choice
    from unnest(${keys}::bytea[]) with ordinality as voter (voter_key, ordinal)
    join votes on votes.issue_id = (select id from issues where week = ${week})
      and votes.voter_key = voter.voter_key and votes.state = 'counted'`.execute(db);
  const byOrdinal = Map.groupBy(rows, ({ ordinal }) => ordinal);
  return subscriberIds.map(
    (_, index) =>
      new Map((byOrdinal.get(index + 1) ?? []).map(({ tool_slug, choice }) => [tool_slug, choice])),
  );
}
