import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { keptFor } from '../kept-for.ts';
import type { PostResult, VoterPost } from './cast.ts';
import { judge, type Judgement } from './judge.ts';
import { addSources, type Evidence, loadEvidence, type StoredCast, type Voter } from './load-evidence.ts';
import { findSpikes, spikeOf, type Spikes } from './spikes.ts';
import { storeCasts } from './store-casts.ts';
import { storeJudgements } from './store-judgements.ts';
import type { Thresholds } from '../judging-settings.ts';

/** More posts of one reader in one issue than a person makes. */
const MAX_CASTS = 100;
const DAY_MS = 86_400_000;

/** A reader's evidence while posts are added to it. */
export interface OpenReader {
  voter: Voter;
  evidence: Evidence;
  judgements: ReadonlyMap<string, Judgement>;
  added: StoredCast[];
  /** Casts of before to which a hand was added. */
  touched: Set<StoredCast>;
}

const keepSpikes = keptFor<Spikes>(10_000);

/** Judges and writes posts of any readers in one transaction; their results in the same order. */
export async function writePosts(context: Context, posts: readonly VoterPost[]): Promise<PostResult[]> {
  const { config, db } = context;
  const issueIds = [...new Set(posts.map(({ voter }) => voter.issue_id))];
  const spikes = await recentSpikes(context, issueIds);
  return db.transaction().execute(async (tx) => {
    const closed = await listClosed(tx, issueIds);
    const voters = [...new Map(posts.map(({ voter }) => [nameOf(voter), voter])).values()].filter(
      ({ issue_id }) => !closed.has(issue_id),
    );
    await lockVoters(tx, voters);
    const evidence = await loadEvidence(tx, voters, spikes);
    const opened = new Map(
      voters.map((voter, index) => [nameOf(voter), open(voter, evidence[index]!, config.judging)]),
    );
    const refusals = posts.map((one): PostResult | undefined => {
      const reader = opened.get(nameOf(one.voter));
      return reader ? add(reader, one, spikes, config.judging) : { kind: 'closed' };
    });
    const changed = [...opened.values()].filter(({ added, touched }) => added.length > 0 || touched.size > 0);
    await storeCasts(tx, changed);
    await addSources(
      tx,
      changed.flatMap(({ evidence }) => evidence.casts),
    );
    for (const reader of changed) {
      reader.judgements = judge(reader.evidence.casts, reader.evidence, config.judging);
    }
    await storeJudgements(tx, changed);
    return posts.map(({ voter }, index) => {
      const judgements = opened.get(nameOf(voter))?.judgements ?? new Map<string, Judgement>();
      return refusals[index] ?? { kind: 'judged', judgements };
    });
  });
}

/** Shares the issue's row with other voters; closing needs it alone. */
async function listClosed(tx: Tx, issueIds: readonly number[]): Promise<Set<number>> {
  await tx.selectFrom('issues').select('id').where('id', 'in', issueIds).orderBy('id').forShare().execute();
  const rows = await tx
    .selectFrom('tallies')
    .select('issue_id')
    .distinct()
    .where('issue_id', 'in', issueIds)
    .execute();
  return new Set(rows.map(({ issue_id }) => issue_id));
}

/** Two processes never judge the same reader at once: each would miss what the other adds. */
async function lockVoters(tx: Tx, voters: readonly Voter[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(name, 0) as key from unnest(${voters.map(nameOf)}::text[]) as name order by key
    ) as voter`.execute(tx);
}

function nameOf({ issue_id, voter_key }: Voter): string {
  return `${issue_id} ${voter_key.toString('base64')}`;
}

function open(voter: Voter, evidence: Evidence, thresholds: Thresholds): OpenReader {
  return {
    voter,
    evidence,
    judgements: judge(evidence.casts, evidence, thresholds),
    added: [],
    touched: new Set(),
  };
}

/** Adds what is new to the reader's evidence; returns why nothing may be added, if so. */
function add(
  reader: OpenReader,
  { post, at }: VoterPost,
  spikes: Spikes,
  thresholds: Thresholds,
): PostResult | undefined {
  const { evidence, added, voter } = reader;
  if (!evidence.is_eligible) {
    return { kind: 'not eligible' };
  }
  if (post.kind === 'hand' || post.has_hand) {
    addHand(reader, post.rendered_at, at);
  }
  if (post.kind === 'hand' || isReplay(reader, post)) {
    return undefined;
  }
  if (evidence.casts.length >= MAX_CASTS) {
    return { kind: 'too many' };
  }
  const { kind: _, has_hand, ...vote } = post;
  const { submitted_at, confirmed_at } = evidence;
  const is_new_reader =
    confirmed_at !== null && at.getTime() - confirmed_at.getTime() < thresholds.new_reader_days * DAY_MS;
  const cast: StoredCast = {
    ...vote,
    id: undefined,
    cast_at: at,
    hand_at: has_hand ? at : null,
    source_readers: 0,
    early_source_readers: 0,
    is_new_reader,
    is_early:
      submitted_at === null || at.getTime() - submitted_at.getTime() < thresholds.scanning_minutes * 60_000,
    is_in_spike: is_new_reader && spikes.has(spikeOf(voter.issue_id, { ...post, cast_at: at })),
    decision: null,
  };
  evidence.casts.push(cast);
  added.push(cast);
  return undefined;
}

/** A person was seen on the page: it stands for every vote that the page cast. */
function addHand({ evidence, touched }: OpenReader, rendered_at: Date | null, at: Date): void {
  for (const cast of evidence.casts) {
    const isOfPage = cast.rendered_at !== null && cast.rendered_at.getTime() === rendered_at?.getTime();
    if (isOfPage && cast.hand_at === null) {
      cast.hand_at = at;
      if (cast.id !== undefined) {
        touched.add(cast);
      }
    }
  }
}

/** The same choice again from the same page, or when it is counted already: nothing new. */
function isReplay({ evidence, judgements }: OpenReader, post: VoterPost['post'] & { kind: 'vote' }): boolean {
  const last = evidence.casts.findLast(({ tool_slug }) => tool_slug === post.tool_slug);
  const judgement = judgements.get(post.tool_slug);
  const isCounted = judgement?.state === 'counted' && judgement.choice === post.choice;
  const isSamePage = last?.rendered_at?.getTime() === post.rendered_at?.getTime();
  return last?.choice === post.choice && (isCounted || isSamePage);
}

/** A few seconds old is good enough for now: everything is judged again when voting closes. */
async function recentSpikes({ db, config }: Context, issueIds: readonly number[]): Promise<Spikes> {
  const spikes = await Promise.all(
    issueIds.map((id) => keepSpikes(db, id, () => findSpikes(db, [id], config.judging))),
  );
  return new Set(spikes.flatMap((ofIssue) => [...ofIssue]));
}
