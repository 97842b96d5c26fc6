import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { keptFor } from '../../concurrency/cache.ts';
import { countSources } from '../judge/count-sources.ts';
import type { Evidence, StoredCast, Voter } from '../judge/evidence.ts';
import { judge } from '../judge/judge.ts';
import { loadEvidence } from '../judge/load-evidence.ts';
import type { OpenReader, PostResult, VoterPost } from './post.ts';
import { findSpikes, spikeOf, type Spikes } from '../judge/spikes.ts';
import { lockVoters, storePosts } from './store-posts.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

/** More posts of one reader in one issue than a person makes. */
const MAX_CASTS = 100;
const DAY_MS = 86_400_000;

const keepSpikes = keptFor<Spikes>(60_000);

/**
 * Judges and writes posts of any readers, all or none; their results in the same order. Two statements without a
 * transaction: the second writes nothing when what the first one read has changed. Then once more, with the readers
 * locked before they are read.
 */
export async function writePosts(context: Context, posts: readonly VoterPost[]): Promise<PostResult[]> {
  const { votesDb } = context;
  const voters = [...new Map(posts.map(({ voter }) => [nameOf(voter), voter])).values()];
  const go = { posts, voters, spikes: await recentSpikes(context, voters) };
  const results = await judgeAndStore(context, votesDb, go);
  return (
    results ??
    votesDb.transaction().execute(async (tx) => {
      await lockVoters(tx, voters);
      const inTurn = await judgeAndStore(context, tx, go);
      if (!inTurn) {
        throw new Error('the evidence about a locked reader changed');
      }
      return inTurn;
    })
  );
}

interface Go {
  posts: readonly VoterPost[];
  voters: readonly Voter[];
  spikes: Spikes;
}

/** Undefined when evidence about one of the readers changed between reading and writing: nothing was written. */
async function judgeAndStore(
  { config: { judging } }: Context,
  db: Db | Tx,
  { posts, voters, spikes }: Go,
): Promise<PostResult[] | undefined> {
  const source_keys = posts.flatMap(({ post }) => (post.kind === 'vote' ? (post.source_key ?? []) : []));
  const { readers, others } = await loadEvidence(db, voters, { spikes, thresholds: judging, source_keys });
  const opened = new Map(
    voters.map((voter, index) => [nameOf(voter), open(voter, readers[index]!, judging)]),
  );
  const refusals = posts.map((one) => add(opened.get(nameOf(one.voter))!, one, spikes, judging));
  const changed = [...opened.values()].filter(({ added, touched }) => added.length > 0 || touched.size > 0);
  countSources(readers, others);
  for (const reader of changed) {
    reader.judgements = judge(reader.evidence.casts, reader.evidence, judging);
  }
  if (changed.length > 0 && !(await storePosts(db, changed))) {
    return undefined;
  }
  return posts.map(
    ({ voter }, index) =>
      refusals[index] ?? { kind: 'judged', judgements: opened.get(nameOf(voter))!.judgements },
  );
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
  if (evidence.is_closed) {
    return { kind: 'closed' };
  }
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

/** A minute old is good enough for now: everything is judged again when voting closes. */
async function recentSpikes({ db, config }: Context, voters: readonly Voter[]): Promise<Spikes> {
  const issueIds = [...new Set(voters.map(({ issue_id }) => issue_id))];
  const spikes = await Promise.all(
    issueIds.map((id) => keepSpikes(db, id, () => findSpikes(db, [id], config.judging))),
  );
  return new Set(spikes.flatMap((ofIssue) => [...ofIssue]));
}
