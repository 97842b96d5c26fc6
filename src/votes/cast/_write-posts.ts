import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { withSourceCounts } from '../evidence/count-sources.ts';
import type { Evidence, Sources, StoredCast, Voter } from '../evidence/evidence.ts';
import { judge } from '../judge/judge.ts';
import { loadEvidence } from '../evidence/load-evidence.ts';
import { lockVoters } from '../evidence/lock-voters.ts';
import { judgeCrowdsAfterVote } from '../crowds/judge-crowds.ts';
import { applyPost, type Criteria, type JudgedReader } from './_apply-post.ts';
import type { PostResult, ReaderUpdate, VoterPost } from './post.ts';
import { storePosts } from './_store-posts.ts';

/** The posts of one flush. */
interface Flush {
  posts: readonly VoterPost[];
  /** Each voter once. */
  voters: readonly Voter[];
  /** For each post, the index of its voter. */
  voterIndexes: readonly number[];
}

/**
 * Judges and stores posts of any number of readers, all or none; returns results in the order of the posts. Usually
 * this takes two statements without a transaction: the second writes nothing if what the first one read has changed
 * since. In that case both run once more, in a transaction that locks the readers first.
 */
export async function writePosts(context: Context, posts: readonly VoterPost[]): Promise<PostResult[]> {
  const { preparedDb } = context;
  const { voters, voterIndexes } = listVoters(posts);
  const flush = { posts, voters, voterIndexes };
  const written =
    (await judgeAndStore(context, preparedDb, flush)) ??
    (await preparedDb.transaction().execute(async (tx) => {
      await lockVoters(tx, voters);
      const locked = await judgeAndStore(context, tx, flush);
      if (!locked) {
        throw new Error('the evidence about a locked reader changed');
      }
      return locked;
    }));
  // The votes are already stored. Crowds that are missed here are found by the job that runs every ten minutes, and at
  // the latest when voting closes.
  await Promise.all(written.cohorts.map((issueId) => judgeCrowdsAfterVote(context, issueId))).catch(
    (error: unknown) => context.log.error({ err: error }, 'judging crowds failed'),
  );
  return written.results;
}

function listVoters(posts: readonly VoterPost[]): Pick<Flush, 'voters' | 'voterIndexes'> {
  const keys = posts.map(({ voter }) => `${voter.issue_id} ${voter.voter_key.toString('base64')}`);
  const voters = new Map(posts.map(({ voter }, index) => [keys[index]!, voter]));
  const indexes = new Map([...voters.keys()].map((key, index) => [key, index]));
  return { voters: [...voters.values()], voterIndexes: keys.map((key) => indexes.get(key)!) };
}

interface Written {
  results: PostResult[];
  /** Issues in which somebody voted who belongs to a cohort. */
  cohorts: number[];
}

/** Undefined, with nothing stored, if evidence about one of the readers changed between reading and writing. */
async function judgeAndStore(
  { config: { judging } }: Context,
  db: Db | Tx,
  { posts, voters, voterIndexes }: Flush,
): Promise<Written | undefined> {
  const source_keys = posts.flatMap(({ post }) => (post.kind === 'vote' ? (post.source_key ?? []) : []));
  const { readers, others, crowds } = await loadEvidence(db, voters, {
    thresholds: judging,
    source_keys,
  });
  const before = voters.map((voter, index) => judgeReader(voter, readers[index]!, judging));
  const criteria = { crowds, thresholds: judging };
  const { evidence, refusals } = applyPosts(before, { posts, voterIndexes }, criteria);
  const after = judgeAfter(before, evidence, others, judging);
  const updates = after.filter(({ added, interacted }) => added.length > 0 || interacted.length > 0);
  if (updates.length > 0 && !(await storePosts(db, updates))) {
    return undefined;
  }
  const cohorts = updates
    .filter(({ evidence: reader }) => isInCohort(reader, judging))
    .map(({ voter }) => voter.issue_id);
  return {
    results: posts.map((post, index) => {
      const reader = after[voterIndexes[index]!]!;
      const { judgements } = reader;
      return refusals[index] ?? { kind: 'judged', judgements, is_by_person: isByPerson(post, reader) };
    }),
    cohorts: [...new Set(cohorts)],
  };
}

/**
 * Whether a person was seen to cast the vote that now counts, and this post cast it or came from its page. If another
 * cast counts, nothing is known about the browser of this post, which may be a scanner's.
 */
function isByPerson({ post, at }: VoterPost, { evidence, judgements }: ReaderUpdate): boolean {
  const tool = post.kind === 'hand' ? post.page_tool : post.tool_slug;
  const judgement = judgements.get(tool);
  const counted = evidence.casts.find(
    ({ tool_slug, choice, cast_at }) =>
      tool_slug === tool && choice === judgement?.choice && cast_at.getTime() === judgement.cast_at.getTime(),
  );
  return (
    judgement?.is_by_person === true &&
    counted !== undefined &&
    (post.kind === 'hand' || counted.choice === post.choice) &&
    (counted.rendered_at && post.rendered_at
      ? counted.rendered_at.getTime() === post.rendered_at.getTime()
      : counted.cast_at.getTime() === at.getTime())
  );
}

/** Whether this reader shares an origin with enough readers for a crowd or, as a new reader, a source with enough voters. */
function isInCohort({ casts, origins }: Evidence, { crowd_readers }: Thresholds): boolean {
  const large = new Set(origins.filter(({ readers }) => readers >= crowd_readers).map(({ id }) => id));
  return casts.some(
    (cast) =>
      (cast.is_new_reader && cast.source_readers >= crowd_readers) ||
      (cast.origins ?? []).some((id) => large.has(id)),
  );
}

function judgeReader(voter: Voter, evidence: Evidence, thresholds: Thresholds): JudgedReader {
  return { voter, evidence, judgements: judge(evidence.casts, evidence, thresholds) };
}

/**
 * The evidence about each reader after all posts, in the order of the readers; and for each post, why it was refused,
 * if it was.
 */
function applyPosts(
  before: readonly JudgedReader[],
  { posts, voterIndexes }: Pick<Flush, 'posts' | 'voterIndexes'>,
  criteria: Criteria,
): { evidence: Evidence[]; refusals: (PostResult | undefined)[] } {
  const readers = [...before];
  const refusals = posts.map((post, index) => {
    const reader = readers[voterIndexes[index]!]!;
    const { evidence, refusal } = applyPost(reader, post, criteria);
    readers[voterIndexes[index]!] = { ...reader, evidence };
    return refusal;
  });
  return { evidence: readers.map(({ evidence }) => evidence), refusals };
}

/**
 * Judges again the readers whose evidence has changed: new votes count towards the sources of everybody in the flush.
 */
function judgeAfter(
  before: readonly JudgedReader[],
  evidence: readonly Evidence[],
  others: Sources,
  thresholds: Thresholds,
): ReaderUpdate[] {
  const voters = before.map(({ voter }) => voter);
  const counted = withSourceCounts(voters, evidence, others);
  return before.map((reader, index) => {
    if (evidence[index] === reader.evidence) {
      return { ...reader, added: [], interacted: [] };
    }
    const after = judgeReader(reader.voter, counted[index]!, thresholds);
    return { ...after, ...listChanges(reader.evidence.casts, after.evidence.casts) };
  });
}

/** `after` holds the casts of `before` in the same order, then the new ones. */
function listChanges(
  before: readonly StoredCast[],
  after: readonly StoredCast[],
): Pick<ReaderUpdate, 'added' | 'interacted'> {
  return {
    added: after.slice(before.length),
    interacted: after
      .slice(0, before.length)
      .filter(({ hand_at }, index) => hand_at !== before[index]?.hand_at),
  };
}
