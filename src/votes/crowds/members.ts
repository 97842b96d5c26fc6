import { type RawBuilder, sql } from 'kysely';

/** Whether a cast may make its reader part of a crowd; the index `casts_of_new_readers` has exactly these casts. */
export const MAY_BE_IN_CROWD = sql<boolean>`(is_new_reader or origins is not null)`;

/**
 * A query for an issue's voters who may be in crowds: `voter_key`, and the `name` of each possible crowd, as in
 * `crowd-names.ts`.
 */
export function membersOf(issueId: number): RawBuilder<unknown> {
  return sql`(
    select distinct voter_key, name from casts
    cross join lateral (
      select 'origin ' || unnest(casts.origins) as name
      union all
      select 'source ' || encode(casts.source_key, 'hex') where is_new_reader and source_key is not null
    ) as named
    where issue_id = ${issueId} and ${MAY_BE_IN_CROWD})`;
}

/** The id of the origin that a crowd's `name` stands for; null for a source. */
export const ORIGIN_ID = sql`case when starts_with(name, 'origin ') then substr(name, 8)::bigint end`;
