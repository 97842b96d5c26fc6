import { type RawBuilder, sql } from 'kysely';

/** No votes are taken any more; counting them may take some seconds. Versions before 0.3.0 only stored the counts. */
export function isVotingClosed(issueId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`(exists (select from issues where issues.id = ${issueId} and voting_closed_at is not null)
    or exists (select from tallies where tallies.issue_id = ${issueId}))`;
}
