import type { Context } from '../../context.ts';
import { voterKey } from '../../database/installation.ts';
import { recordEngagements } from './record-engagement.ts';

/** Votes are given for a week; a day more, since this runs daily. */
const LOOK_BACK_MS = 9 * 86_400_000;
const AT_ONCE = 2_000;

/** Notes when readers last had a vote counted; votes name nobody, so it goes through everybody an issue was sent to. */
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
  for (let after = 0, found = votedAt.size > 0; found;) {
    const readers = await db
      .selectFrom('deliveries')
      .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
      .select('subscriber_id')
      .distinct()
      .where('prepared_at', '>', since)
      .where('subscriber_id', '>', after)
      .orderBy('subscriber_id')
      .limit(AT_ONCE)
      .execute();
    const engaged = readers.flatMap(({ subscriber_id }) => {
      const at = votedAt.get(voterKey(installation, subscriber_id).toString('base64'));
      return at ? [{ subscriber_id, at }] : [];
    });
    await recordEngagements(db, engaged);
    after = readers.at(-1)?.subscriber_id ?? after;
    found = readers.length === AT_ONCE;
  }
}
