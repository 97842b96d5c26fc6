import type { Context } from '../../context.ts';
import { voterKey } from '../../database/installation.ts';
import { recordEngagements } from './record-engagement.ts';

/** Voting is open for a week; the margin is because this runs daily. */
const LOOK_BACK_MS = 9 * 86_400_000;
const BATCH_SIZE = 2_000;

/**
 * Records when each reader last had a vote counted. Votes do not identify readers, so it compares the keys of every
 * recipient of recent issues.
 */
export async function recordVoters({ db, installation, now }: Context): Promise<void> {
  const since = new Date(now().getTime() - LOOK_BACK_MS);
  const votes = await db
    .selectFrom('votes')
    .select(({ fn }) => ['voter_key', fn.max('changed_at').as('at')])
    .where('state', '=', 'counted')
    .where('changed_at', '>', since)
    .groupBy('voter_key')
    .execute();
  const votedAt = new Map(votes.map(({ voter_key, at }) => [voter_key.toString('base64'), at]));
  for (let after = 0, hasMore = votedAt.size > 0; hasMore;) {
    const readers = await db
      .selectFrom('deliveries')
      .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
      .select('subscriber_id')
      .distinct()
      .where('prepared_at', '>', since)
      .where('subscriber_id', '>', after)
      .orderBy('subscriber_id')
      .limit(BATCH_SIZE)
      .execute();
    const engaged = readers.flatMap(({ subscriber_id }) => {
      const at = votedAt.get(voterKey(installation, subscriber_id).toString('base64'));
      return at ? [{ subscriber_id, at }] : [];
    });
    await recordEngagements(db, engaged);
    after = readers.at(-1)?.subscriber_id ?? after;
    hasMore = readers.length === BATCH_SIZE;
  }
}
