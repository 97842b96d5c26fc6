import type { Tx } from '../database.ts';
import { type Installation, voterKey } from '../installation.ts';
import { lockVoters } from './store-posts.ts';

/** Erases what stands in evidence of a subscriber; their votes, which name nobody, stay. */
export async function forgetVoter(tx: Tx, installation: Installation, subscriberId: number): Promise<void> {
  const voter_key = voterKey(installation, subscriberId);
  const issues = await tx
    .selectFrom('casts')
    .select('issue_id')
    .distinct()
    .where('voter_key', '=', voter_key)
    .execute();
  await lockVoters(
    tx,
    issues.map(({ issue_id }) => ({ issue_id, subscriber_id: subscriberId, voter_key })),
  );
  await tx.deleteFrom('casts').where('voter_key', '=', voter_key).execute();
  await tx.deleteFrom('link_opens').where('subscriber_id', '=', subscriberId).execute();
}
