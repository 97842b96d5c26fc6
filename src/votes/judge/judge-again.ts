import { type RawBuilder, sql } from 'kysely';
import { mapAtMost } from '../../concurrency/map-at-most.ts';
import type { Context } from '../../context.ts';
import { type Db, planWithIndexes, type Tx } from '../../database/connect.ts';
import { readInPortions } from '../../database/portions.ts';
import { type Installation, voterKey, voterKeySql } from '../../installation/installation.ts';
import { mapReaderParts } from '../../installation/reader-parts.ts';
import type { Voter } from '../evidence/evidence.ts';
import { judge } from './judge.ts';
import { loadEvidence } from '../evidence/load-evidence.ts';
import { lockVoters } from '../evidence/lock-voters.ts';
import { findChangedJudgements, type Judged, storeJudgements } from './store-judgements.ts';

const BATCH_SIZE = 500;
const FETCHED_ROWS = 5_000;
/** PostgreSQL reads the evidence about one batch while another is judged here. */
const CONCURRENT_BATCHES = 2;

/** Judges the casts of every reader of the issue again. No new casts may arrive while this runs. */
export async function judgeAll(context: Context, issueId: number): Promise<void> {
  const { config, db, installation } = context;
  const keys = sql`select distinct voter_key from casts where issue_id = ${issueId}`;
  const parts = await mapReaderParts(config.connections.main, 1, (isInPart) =>
    planWithIndexes(db, (tx) => listSubscriberIds(context, tx, issueId, keys, isInPart)),
  );
  const subscriberIds = parts.flat();
  await mapAtMost(CONCURRENT_BATCHES, listStarts(subscriberIds), async (start) => {
    const ids = subscriberIds.slice(start, start + BATCH_SIZE);
    const changed = await judgeBatch(context, db, toVoters(installation, issueId, ids));
    if (changed.length > 0) {
      await db.transaction().execute(async (tx) => {
        await lockVoters(
          tx,
          changed.map(({ voter }) => voter),
        );
        await storeJudgements(tx, changed);
      });
    }
  });
}

/** Judges the casts of these readers again, inside a transaction that has locked them. */
export async function judgeVoters(context: Context, tx: Tx, voters: readonly Voter[]): Promise<void> {
  for (const start of listStarts(voters)) {
    await storeJudgements(tx, await judgeBatch(context, tx, voters.slice(start, start + BATCH_SIZE)));
  }
}

/** Where each batch of a list starts. */
function listStarts({ length }: readonly unknown[]): number[] {
  return Array.from({ length: Math.ceil(length / BATCH_SIZE) }, (_, batch) => batch * BATCH_SIZE);
}

/** The recipients of the issue to whom these keys belong. */
export async function listVoters(
  context: Context,
  tx: Tx,
  issueId: number,
  keys: readonly Buffer[],
): Promise<Voter[]> {
  const ids = await listSubscriberIds(
    context,
    tx,
    issueId,
    sql`select distinct unnest(${keys}::bytea[]) as voter_key`,
  );
  return toVoters(context.installation, issueId, ids);
}

/**
 * A voter key can be matched to a subscriber only by computing the keys of all recipients, or of those for whom `condition`
 * holds. `keys` is a query that returns distinct voter keys. The ids of a million voters take eight megabytes; they are fetched
 * in portions, since whole rows would take more.
 */
async function listSubscriberIds(
  { installation }: Context,
  tx: Tx,
  issueId: number,
  keys: RawBuilder<unknown>,
  condition = sql`true`,
): Promise<number[]> {
  const query = sql<{ subscriber_id: number }>`
    with key as materialized (${keys})
    select subscriber_id from key
    join deliveries on issue_id = ${issueId} and ${condition} and key.voter_key = ${voterKeySql(installation, sql`subscriber_id`)}
    order by subscriber_id`;
  const ids: number[] = [];
  await readInPortions(tx, query, FETCHED_ROWS, (rows) => {
    ids.push(...rows.map(({ subscriber_id }) => subscriber_id));
  });
  return ids;
}

function toVoters(installation: Installation, issue_id: number, subscriberIds: readonly number[]): Voter[] {
  return subscriberIds.map((subscriber_id) => ({
    issue_id,
    subscriber_id,
    voter_key: voterKey(installation, subscriber_id),
  }));
}

/** The judgements that differ from the stored votes. */
async function judgeBatch({ config }: Context, db: Db | Tx, voters: readonly Voter[]): Promise<Judged[]> {
  const { readers } = await loadEvidence(db, voters, { thresholds: config.judging });
  const judged = voters.map((voter, index) => ({
    voter,
    judgements: judge(readers[index]!.casts, readers[index]!, config.judging),
  }));
  return findChangedJudgements(db, judged);
}
