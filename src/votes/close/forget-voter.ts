import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import { type Installation, voterKey } from '../../database/installation.ts';
import { openIssues } from './close.ts';
import { lockVoters } from '../cast/store-posts.ts';

/**
 * Erases what stands in evidence of a subscriber; their votes, which name nobody, stay. Votes of theirs that are under way
 * are written before this, or find that the reader is gone.
 */
export async function forgetVoter(tx: Tx, installation: Installation, subscriber_id: number): Promise<void> {
  const voter_key = voterKey(installation, subscriber_id);
  const issues = await openIssues(tx).select('id as issue_id').execute();
  await lockVoters(
    tx,
    issues.map(({ issue_id }) => ({ issue_id, subscriber_id, voter_key })),
  );
  // In the order of those who note opens meanwhile.
  await sql`
    select from link_opens where subscriber_id = ${subscriber_id}
    order by issue_id, subscriber_id, tool_slug, choice for update`.execute(tx);
  await tx.deleteFrom('link_opens').where('subscriber_id', '=', subscriber_id).execute();
  await tx.deleteFrom('casts').where('voter_key', '=', voter_key).execute();
}
