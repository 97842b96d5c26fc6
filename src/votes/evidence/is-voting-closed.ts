import { type RawBuilder, sql } from 'kysely';

/**
 * Whether no more votes are taken; counting those that were may still take some seconds. Versions before 0.3.0 recorded this
 * only by storing the tallies. `issueId` may be a column of any table: the tables in this expression have aliases of their own.
 */
export function isVotingClosed(issueId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`(exists (select from issues as closing where closing.id = ${issueId} and closing.voting_closed_at is not null)
    or exists (select from tallies as frozen where frozen.issue_id = ${issueId}))`;
}
