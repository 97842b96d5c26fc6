import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { membersOf } from '../crowds/members.ts';
import type { Voter } from '../evidence/evidence.ts';

interface DecidedCrowd {
  issue_id: number;
  /** The name of the crowd. */
  crowd: string;
  decision: 'release' | 'void';
}

/**
 * Decides about a crowd. The decision also applies to its readers who vote later, to other crowds of exactly the same
 * voters, and to undecided crowds whose voters are all in this one. A release vouches for its voters, who are then part of
 * no crowd in other issues; a void takes that back, except from voters of a released crowd. Throws `not_found`.
 */
export async function decideCrowd(
  tx: Tx,
  { issue_id, crowd, decision }: DecidedCrowd,
  voters: readonly Voter[],
): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    with member as materialized (
      select member.* from ${membersOf(issue_id)} as member join crowds using (name)
      where crowds.issue_id = ${issue_id}
    ), size as (
      select name, count(*) as voters,
        count(*) filter (where voter_key in (select voter_key from member where name = ${crowd})) as common
      from member group by name
    )
    update crowds set decision = ${decision}
    where issue_id = ${issue_id} and (name = ${crowd} or exists (
      select from size where size.name = crowds.name and common = voters
        and (decision is null or voters = (select voters from size where name = ${crowd}))))
    returning name`.execute(tx);
  if (!rows.some(({ name }) => name === crowd)) {
    throw new AppError('not_found', `There is no crowd "${crowd}"; \`verdicts votes crowds\` lists them.`);
  }
  const { rows: vouchedFor } = await sql<{ voter_key: Buffer }>`
    select distinct voter_key from ${membersOf(issue_id)} as member join crowds using (name)
    where crowds.issue_id = ${issue_id} and decision = 'release'`.execute(tx);
  const released = new Set(vouchedFor.map(({ voter_key }) => voter_key.toString('hex')));
  const changed = voters.filter(
    ({ voter_key }) => decision === 'release' || !released.has(voter_key.toString('hex')),
  );
  await sql`
    update reader_origins set vouched_for_in = ${decision === 'release' ? issue_id : null}
    where subscriber_id = any(${changed.map(({ subscriber_id }) => subscriber_id)}::bigint[])`.execute(tx);
}
