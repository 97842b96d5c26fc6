import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { detectMove } from '../installation/identity.ts';

/**
 * Once for each move of a database: new readers and issues get ids that were not given out after the backup, since
 * those are in links and in events that Resend has yet to report.
 */
export async function advanceIdsIfMoved(db: Db): Promise<void> {
  const move = await detectMove(db);
  await (move && advanceIds(db, move.key));
}

/** Once for each `move`: the key of a detected one, or a name for a restore that cannot be detected. */
export async function advanceIds(db: Db, move: string): Promise<void> {
  await sql`select advance_ids(${move})`.execute(db);
}
