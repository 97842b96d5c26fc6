import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { voterKey } from '../../database/installation.ts';
import { requireUnmoved } from '../../database/identity.ts';
import type { Week } from '../../week.ts';
import { judge } from '../judge/judge.ts';
import { loadEvidence } from '../judge/load-evidence.ts';
import { findSpikes } from '../judge/spikes.ts';
import { storeJudgements } from '../judge/store-judgements.ts';

const BATCH_SIZE = 2_000;

/**
 * Judges every vote of a sent issue once more, with all evidence known by now, and freezes the counts of every tool.
 * Idempotent.
 */
export async function closeVoting(context: Context, week: Week): Promise<void> {
  await requireUnmoved(context.db);
  await context.db.transaction().execute(async (tx) => {
    const issue = await tx
      .selectFrom('issues')
      .select(['id', 'status'])
      .where('week', '=', week)
      .forUpdate()
      .executeTakeFirst();
    if (!issue || !['sending', 'paused', 'sent', 'cancelled'].includes(issue.status)) {
      throw new AppError('refused', `The issue of ${week} was not sent; there is no voting to close.`);
    }
    if (!(await isVotingClosed(tx, issue.id))) {
      await judgeAgain(context, tx, issue.id);
      await freeze(tx, issue.id, context.now());
    }
  });
}

/**
 * Judges the casts of every reader of the issue again. The caller must hold the lock on the issue, so that no new casts
 * arrive meanwhile.
 */
export async function judgeAgain({ config, installation }: Context, tx: Tx, issueId: number): Promise<void> {
  const spikes = await findSpikes(tx, [issueId], config.judging);
  const cast = await tx
    .selectFrom('casts')
    .select('voter_key')
    .distinct()
    .where('issue_id', '=', issueId)
    .execute();
  const voterKeys = new Set(cast.map(({ voter_key }) => voter_key.toString('base64')));
  const deliveries = await tx
    .selectFrom('deliveries')
    .select('subscriber_id')
    .where('issue_id', '=', issueId)
    .execute();
  const voters = deliveries
    .map(({ subscriber_id }) => ({
      issue_id: issueId,
      subscriber_id,
      voter_key: voterKey(installation, subscriber_id),
    }))
    .filter(({ voter_key }) => voterKeys.has(voter_key.toString('base64')));
  for (let first = 0; first < voters.length; first += BATCH_SIZE) {
    const batch = voters.slice(first, first + BATCH_SIZE);
    const { readers } = await loadEvidence(tx, batch, { spikes, thresholds: config.judging });
    const judged = batch.map((voter, index) => ({
      voter,
      judgements: judge(readers[index]!.casts, readers[index]!, config.judging),
    }));
    await storeJudgements(tx, judged);
  }
}

async function freeze(tx: Tx, issueId: number, now: Date): Promise<void> {
  await sql`
    insert into tallies (issue_id, tool_slug, ship, skip, held, frozen_at)
    select ${issueId}, tool.slug,
      count(*) filter (where choice = 'ship' and state = 'counted'),
      count(*) filter (where choice = 'skip' and state = 'counted'),
      count(*) filter (where state = 'held'),
      ${now}
    from (select unnest(array[tool_a, tool_b]) as slug from issue_comparisons where issue_id = ${issueId}) as tool
    left join votes on votes.issue_id = ${issueId} and votes.tool_slug = tool.slug
    group by tool.slug
    on conflict do nothing`.execute(tx);
}

/** Weeks before `week` whose issue was sent and is still open for votes, oldest first. */
export async function listOpenWeeks({ db }: Context, before: Week): Promise<Week[]> {
  const rows = await openIssues(db).select('week').where('week', '<', before).orderBy('week').execute();
  return rows.map((row) => row.week);
}

/** Issues that were sent, or are about to be, and whose result is not frozen. */
export function openIssues(db: Db | Tx) {
  return db
    .selectFrom('issues')
    .where('prepared_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('tallies').select('issue_id').whereRef('tallies.issue_id', '=', 'issues.id'))),
    );
}

/** Voting is closed once its result is frozen. */
export async function isVotingClosed(db: Db | Tx, issueId: number): Promise<boolean> {
  const tally = await db
    .selectFrom('tallies')
    .select('issue_id')
    .where('issue_id', '=', issueId)
    .limit(1)
    .executeTakeFirst();
  return tally !== undefined;
}
