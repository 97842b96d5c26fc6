import type { Context } from '../context.ts';
import { voterKey } from '../installation.ts';
import type { Ballot } from '../links.ts';
import type { Verdict } from '../schema.ts';
import { isVotingClosed } from './close.ts';

/**
 * Casts or changes a reader's vote on one tool; the last one counts until voting closes. The caller has checked the
 * ballot; a vote that arrives while voting is being closed comes too late and returns false.
 */
export async function castVote(
  { db, installation, now }: Context,
  ballot: Ballot,
  toolSlug: string,
  choice: Verdict,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    // Shares the issue's row with other voters; closing needs it alone.
    await tx.selectFrom('issues').select('id').where('id', '=', ballot.issue_id).forShare().execute();
    if (await isVotingClosed(tx, ballot.issue_id)) {
      return false;
    }
    await tx
      .insertInto('votes')
      .values({
        issue_id: ballot.issue_id,
        tool_slug: toolSlug,
        voter_key: voterKey(installation, ballot.subscriber_id),
        choice,
        state: 'counted',
        cast_at: now(),
        changed_at: now(),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['issue_id', 'tool_slug', 'voter_key'])
          .doUpdateSet({ choice, changed_at: now() })
          .where('votes.choice', '<>', choice),
      )
      .execute();
    return true;
  });
}
