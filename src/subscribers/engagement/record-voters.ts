import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { planWithIndexes } from '../../database/connect.ts';
import { readInPortions } from '../../database/portions.ts';
import { voterKeySql } from '../../installation/installation.ts';
import { mapReaderParts } from '../../installation/reader-parts.ts';
import { type Engagement, recordEngagements } from './record-engagement.ts';

/** Votes came in within this time: a margin since this runs daily, and no worker may run for a while. */
const LOOK_BACK_MS = 9 * 86_400_000;
const BATCH_SIZE = 5_000;
/** One connection reads and one writes in short transactions, so that no voter has to wait. */
const CONNECTIONS_PER_PART = 2;

/**
 * Records when each reader last had a vote counted. Votes do not identify readers, so it compares the keys of every
 * recipient of recent issues.
 */
export async function recordVoters(context: Context): Promise<void> {
  const since = new Date(context.now().getTime() - LOOK_BACK_MS);
  const issues = await context.db
    .selectFrom('issues')
    .select('id')
    .where('prepared_at', 'is not', null)
    .where(({ eb, or }) =>
      or([
        eb('prepared_at', '>', since),
        eb('voting_closed_at', 'is', null),
        eb('voting_closed_at', '>', since),
      ]),
    )
    .orderBy('id', 'desc')
    .execute();
  for (const { id } of issues) {
    await mapReaderParts(context.config.connections.main, CONNECTIONS_PER_PART, (isInPart, isConcurrent) =>
      recordVotersOf(context, id, isInPart, isConcurrent),
    );
  }
}

/**
 * For one part of the readers, records counted votes in this issue that are at least a day newer than what is recorded
 * for their reader.
 */
async function recordVotersOf(
  { db, installation }: Context,
  issueId: number,
  isInPart: RawBuilder<boolean>,
  isConcurrent: boolean,
): Promise<void> {
  const query = sql<Engagement>`
    with voted as materialized (
      select voter_key, max(changed_at) as at from votes where issue_id = ${issueId} and state = 'counted' group by voter_key
    ), reader as materialized (
      select subscriber_id, at from voted
      join deliveries on issue_id = ${issueId} and ${isInPart} and voter_key = ${voterKeySql(installation, sql`subscriber_id`)}
    )
    select subscriber_id, at from reader
    cross join lateral (select engaged_at from subscribers where id = subscriber_id offset 0 /* each by the index */) as known
    where engaged_at is null or engaged_at < at - interval '1 day'
    order by subscriber_id`;
  await planWithIndexes(db, (tx) =>
    readInPortions(tx, query, BATCH_SIZE, (engagements) =>
      recordEngagements(isConcurrent ? db : tx, engagements),
    ),
  );
}
