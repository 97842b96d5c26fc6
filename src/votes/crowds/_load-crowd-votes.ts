import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Split } from './_chance.ts';
import type { CrowdVotes } from './_find-crowds.ts';
import { MAY_BE_IN_CROWD, membersOf } from './members.ts';

interface LoadedVotes {
  votes: CrowdVotes[];
  /**
   * By tool: the counted votes of readers who are in no cohort of at least `crowdReaders` new readers of one origin.
   */
  others: Map<string, Split>;
  /** By tool: those votes of `others` that are new readers'. */
  newcomers: Map<string, Split>;
  /** By tool: the counted votes of readers who are in a cohort. */
  companions: Map<string, Split>;
}

interface Row extends Split {
  part: 'cohort' | 'others' | 'newcomers' | 'companions';
  name: string;
  /** Null in the row that counts the voters of a cohort. */
  tool_slug: string | null;
  voters: number;
}

/**
 * An issue's votes that count, or that are held only because of the cohort of their readers, in one statement. Votes
 * are looked up reader by reader (lateral, offset 0), and nothing is joined to the result of another part of the
 * statement, since the planner cannot know how large that is.
 */
export async function loadCrowdVotes(
  db: Db | Tx,
  issueId: number,
  crowdReaders: number,
): Promise<LoadedVotes> {
  const { rows } = await sql<Row>`
    with newcomer as materialized (
      select voter_key, array_agg(name) filter (where readers >= ${crowdReaders}::integer) as cohorts
      from (
        select voter_key, name, count(*) over (partition by name) as readers
        from ${membersOf(issueId)} as member
        union all
        select distinct voter_key, '', 0 from casts where issue_id = ${issueId} and ${MAY_BE_IN_CROWD}
      ) as sized group by voter_key
    ), vote as materialized (
      select newcomer.*, tool_slug, choice, state from newcomer
      cross join lateral (
        select tool_slug, choice, state from votes
        where votes.issue_id = ${issueId} and votes.voter_key = newcomer.voter_key
          and (state = 'counted' or reason = 'one origin') offset 0) as own
    ), other as (
      select tool_slug, choice, votes from vote_counts where issue_id = ${issueId} and state = 'counted'
      union all
      select tool_slug, choice, change from vote_changes where issue_id = ${issueId} and state = 'counted'
      union all
      select tool_slug, choice, -1 from vote where cohorts is not null and state = 'counted'
    )
    select 'cohort' as part, name, tool_slug, ${COUNTS}, count(distinct voter_key)::integer as voters
    from (select unnest(cohorts) as name, voter_key, tool_slug, choice from vote) as cohort
    group by grouping sets ((name, tool_slug), (name))
    union all
    select 'others', '', tool_slug, coalesce(sum(votes) filter (where choice = 'ship'), 0)::integer,
      coalesce(sum(votes) filter (where choice = 'skip'), 0)::integer, 0
    from other group by tool_slug
    union all
    select case when cohorts is null then 'newcomers' else 'companions' end, '', tool_slug, ${COUNTS}, 0
    from vote where state = 'counted' group by cohorts is null, tool_slug`.execute(db);
  return readRows(rows);
}

function readRows(rows: readonly Row[]): LoadedVotes {
  const voters = new Map(
    rows
      .filter(({ part, tool_slug }) => part === 'cohort' && tool_slug === null)
      .map((row) => [row.name, row.voters]),
  );
  const ofPart = (part: Row['part']) =>
    rows.flatMap(({ tool_slug, ...row }) =>
      row.part === part && tool_slug !== null ? [{ ...row, tool_slug }] : [],
    );
  const byTool = (part: Row['part']) =>
    new Map(ofPart(part).map(({ tool_slug, ship, skip }) => [tool_slug, { ship, skip }] as const));
  return {
    votes: ofPart('cohort').map((row) => ({ ...row, voters: voters.get(row.name) ?? 0 })),
    others: byTool('others'),
    newcomers: byTool('newcomers'),
    companions: byTool('companions'),
  };
}

const COUNTS = sql`count(*) filter (where choice = 'ship')::integer as ship,
  count(*) filter (where choice = 'skip')::integer as skip`;
