import type { Tx } from '../database.ts';
import { type Installation, voterKey } from '../installation.ts';

/** Erases what stands in evidence of a subscriber; their votes, which name nobody, stay. */
export async function forgetVoter(tx: Tx, installation: Installation, subscriberId: number): Promise<void> {
  await tx.deleteFrom('link_opens').where('subscriber_id', '=', subscriberId).execute();
  await tx.deleteFrom('casts').where('voter_key', '=', voterKey(installation, subscriberId)).execute();
}
