import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import { type Installation, voterKey } from '../../installation/installation.ts';
import { openIssues } from '../close/close.ts';
import { lockVoters } from '../evidence/lock-voters.ts';

/**
 * Deletes a subscriber's evidence, and their votes on issues whose result is not frozen: without evidence nobody could
 * tell a crowd's votes from a person's. Votes on frozen issues, which identify nobody, stay. A vote that they cast
 * concurrently is either written before this, or finds that the reader is gone.
 */
export async function eraseVoter(tx: Tx, installation: Installation, subscriber_id: number): Promise<void> {
  const voter_key = voterKey(installation, subscriber_id);
  const listOpen = () => openIssues(tx).select('id as issue_id').execute();
  const issues = await listOpen();
  await lockVoters(
    tx,
    issues.map(({ issue_id }) => ({ issue_id, subscriber_id, voter_key })),
  );
  // A result may have been frozen while this waited.
  const open = await listOpen();
  // In the order in which `recordOpen` writes these rows, to avoid deadlocks.
  await sql`
    select from link_opens where issue_id = any(array(select id from issues)) and subscriber_id = ${subscriber_id}
    order by issue_id, subscriber_id, tool_slug, choice for update of link_opens`.execute(tx);
  await sql`
    delete from link_opens
    where issue_id = any(array(select id from issues)) and subscriber_id = ${subscriber_id}`.execute(tx);
  await tx.deleteFrom('counted_openings').where('subscriber_id', '=', subscriber_id).execute();
  await tx.deleteFrom('reader_origins').where('subscriber_id', '=', subscriber_id).execute();
  await tx.deleteFrom('casts').where('voter_key', '=', voter_key).execute();
  await sql`
    delete from votes
    where issue_id = any(${open.map(({ issue_id }) => issue_id)}::integer[]) and voter_key = ${voter_key}`.execute(
    tx,
  );
}
