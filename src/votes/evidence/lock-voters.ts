import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Voter } from './evidence.ts';

/** Blocks every other writer of these readers' votes until the transaction ends. */
export async function lockVoters(tx: Tx, voters: readonly Voter[]): Promise<void> {
  await sql`select ${callWithVoters('lock_voters', voters)}`.execute(tx);
}

/** With a `version`, the function also says whether the evidence about these readers still has it. */
export function callWithVoters(
  name: 'lock_voters' | 'lock_open_voters',
  voters: readonly (Voter & { version?: number })[],
): RawBuilder<boolean> {
  return sql`${sql.raw(name)}(${voters.map(({ issue_id }) => issue_id)}::integer[],
    ${voters.map(({ subscriber_id }) => subscriber_id)}::bigint[],
    ${voters.map(({ voter_key }) => voter_key)}::bytea[], ${voters.map(({ version = null }) => version)}::bigint[])`;
}
