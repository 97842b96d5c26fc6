import { type RawBuilder, sql } from 'kysely';

/** A cast by which its reader may be a part of a crowd; `casts_of_new_readers` is the index of these. */
export const MAY_BE_CROWDS = sql<boolean>`(is_new_reader or origins is not null)`;

/** A query: `voter_key`, and `name` of each crowd of which this voter of an issue may be a part; see `crowd-names.ts`. */
export function membersOf(issueId: number): RawBuilder<unknown> {
  return sql`(
    select distinct voter_key, name from casts
    cross join lateral (
      select 'origin ' || unnest(casts.origins) as name
      union all
      select 'source ' || encode(casts.source_key, 'hex') where is_new_reader and source_key is not null
    ) as named
    where issue_id = ${issueId} and ${MAY_BE_CROWDS})`;
}

/** The origin that a crowd's `name` is of; null for a source. */
export const ORIGIN_ID = sql`case when starts_with(name, 'origin ') then substr(name, 8)::bigint end`;
