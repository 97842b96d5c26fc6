import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../database.ts';
import { AppError } from '../errors.ts';
import type { Week } from '../week.ts';

/** Freezes the counts of every tool of a sent issue; a second time changes nothing. */
export async function closeVoting({ db, now }: Context, week: Week): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await tx
      .selectFrom('issues')
      .select(['id', 'status'])
      .where('week', '=', week)
      .forUpdate()
      .executeTakeFirst();
    if (!issue || !['sending', 'paused', 'sent', 'cancelled'].includes(issue.status)) {
      throw new AppError('refused', `The issue of ${week} was not sent; there is no voting to close.`);
    }
    await sql`
      insert into tallies (issue_id, tool_slug, ship, skip, held, frozen_at)
      select ${issue.id}, tool.slug,
        count(*) filter (where choice = 'ship' and state = 'counted'),
        count(*) filter (where choice = 'skip' and state = 'counted'),
        count(*) filter (where state = 'held'),
        ${now()}
      from (select unnest(array[tool_a, tool_b]) as slug from issue_comparisons where issue_id = ${issue.id}) as tool
      left join votes on votes.issue_id = ${issue.id} and votes.tool_slug = tool.slug
      group by tool.slug
      on conflict do nothing`.execute(tx);
  });
}

/** Weeks before `week` that went out and are still open for votes, oldest first. */
export async function listOpenWeeks({ db }: Context, before: Week): Promise<Week[]> {
  const rows = await db
    .selectFrom('issues')
    .select('week')
    .where('week', '<', before)
    .where('prepared_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('tallies').select('issue_id').whereRef('tallies.issue_id', '=', 'issues.id'))),
    )
    .orderBy('week')
    .execute();
  return rows.map((row) => row.week);
}

/** Voting is over once its result is frozen. */
export async function isVotingClosed(db: Db | Tx, issueId: number): Promise<boolean> {
  const tally = await db
    .selectFrom('tallies')
    .select('issue_id')
    .where('issue_id', '=', issueId)
    .limit(1)
    .executeTakeFirst();
  return tally !== undefined;
}
