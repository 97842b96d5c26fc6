import type { Db, Tx } from '../../database/connect.ts';

/** The number of readers with a counted vote in an issue. */
export async function countVoters(db: Db | Tx, issueId: number): Promise<number> {
  const { voters } = await db
    .selectFrom('votes')
    .select(({ fn }) => fn.count<number>('voter_key').distinct().as('voters'))
    .where('issue_id', '=', issueId)
    .where('state', '=', 'counted')
    .executeTakeFirstOrThrow();
  return voters;
}
