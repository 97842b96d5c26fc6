import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { Evidence, ReaderOrigin, StoredCast, Voter } from '../evidence/evidence.ts';
import type { Judgement } from '../judge/judge.ts';
import { type Crowds, findingOfCrowds } from '../evidence/crowd-names.ts';
import type { PostResult, VoterPost } from './post.ts';

/**
 * Limits that no person and no browser reaches: posts on one tool, and posts without a valid page signature on all
 * tools together. They keep anybody else who has the link from overriding the reader's own vote by posting again and
 * again.
 */
const MAX_CASTS_ON_TOOL = 30;
const MAX_UNSIGNED_CASTS = 10;
const DAY_MS = 86_400_000;

/** One reader's evidence, and how it was judged before the posts of this flush. */
export interface JudgedReader {
  voter: Voter;
  evidence: Evidence;
  judgements: ReadonlyMap<string, Judgement>;
}

export interface AppliedPost {
  evidence: Evidence;
  /** Why the post was refused; undefined if it adds a vote, repeats one, or reports an interaction. */
  refusal?: PostResult;
}

/** The crowds that are known in the posts' issues, and the thresholds to judge by. */
export interface Criteria {
  crowds: Crowds;
  thresholds: Thresholds;
}

/** The evidence after a post. Unchanged evidence is returned as the same object. */
export function applyPost(
  { voter, evidence, judgements }: JudgedReader,
  { post, at }: VoterPost,
  criteria: Criteria,
): AppliedPost {
  if (evidence.is_closed) {
    return { evidence, refusal: { kind: 'closed' } };
  }
  if (!evidence.is_eligible) {
    return { evidence, refusal: { kind: 'not eligible' } };
  }
  const seen = post.kind === 'hand' || post.has_hand ? withInteraction(evidence, post, at) : evidence;
  if (post.kind === 'hand' || isRepeat(evidence, judgements, post)) {
    return { evidence: seen };
  }
  if (isOverLimit(evidence, post)) {
    return { evidence: seen, refusal: { kind: 'too many' } };
  }
  const cast = createCast(voter, evidence, post, at, criteria);
  return { evidence: { ...seen, casts: [...seen.casts, cast] } };
}

function isOverLimit({ casts }: Evidence, post: VoterPost['post'] & { kind: 'vote' }): boolean {
  // The casts of a browser that is known to be the reader's are counted apart from all others.
  const onTool = casts.filter(
    ({ tool_slug, is_remembered }) => tool_slug === post.tool_slug && is_remembered === post.is_remembered,
  );
  const unsigned = casts.filter(({ rendered_at }) => rendered_at === null);
  return (
    onTool.length >= MAX_CASTS_ON_TOOL || (post.rendered_at === null && unsigned.length >= MAX_UNSIGNED_CASTS)
  );
}

/**
 * A human interaction on a page counts for every vote cast on that page: one that the page cast by itself, one by the
 * large button for its own tool, and those on any tool in the ballot below. Pages are told apart by their tool as well,
 * since pages that are opened together may be rendered in the same millisecond.
 */
function withInteraction(
  evidence: Evidence,
  { rendered_at, page_tool }: Pick<VoterPost['post'], 'rendered_at' | 'page_tool'>,
  at: Date,
): Evidence {
  const isOfPage = (cast: StoredCast) =>
    cast.hand_at === null &&
    cast.rendered_at !== null &&
    cast.rendered_at.getTime() === rendered_at?.getTime() &&
    (cast.way === 'ballot' || cast.tool_slug === page_tool);
  return evidence.casts.some(isOfPage)
    ? {
        ...evidence,
        casts: evidence.casts.map((cast) => (isOfPage(cast) ? { ...cast, hand_at: at } : cast)),
      }
    : evidence;
}

/**
 * Whether the post repeats the last choice, from the same page or while that choice is counted; the first press after
 * an automatic cast is never a repetition if another choice is counted.
 */
function isRepeat(
  { casts }: Evidence,
  judgements: ReadonlyMap<string, Judgement>,
  post: VoterPost['post'] & { kind: 'vote' },
): boolean {
  const last = casts.findLast(({ tool_slug }) => tool_slug === post.tool_slug);
  const judgement = judgements.get(post.tool_slug);
  const isCounted = judgement?.state === 'counted' && judgement.choice === post.choice;
  const isSamePage = last?.rendered_at?.getTime() === post.rendered_at?.getTime();
  // An automatic cast does not change a vote that counts, but a press on its page does.
  const isFirstPress =
    last?.way === 'automatic' && post.way !== 'automatic' && judgement?.state === 'counted' && !isCounted;
  if (isFirstPress) {
    return false;
  }
  return last?.choice === post.choice && (isCounted || isSamePage);
}

function createCast(
  { issue_id }: Voter,
  { arrived_at, confirmed_at, origins: all }: Evidence,
  { kind: _, has_hand, page_tool: __, ...vote }: VoterPost['post'] & { kind: 'vote' },
  at: Date,
  { crowds, thresholds }: Criteria,
): StoredCast {
  const isWithin = (since: Date, limit_ms: number) => at.getTime() - since.getTime() < limit_ms;
  const is_new_reader =
    confirmed_at !== null &&
    isWithin(confirmed_at, thresholds.new_reader_days * DAY_MS) &&
    !all.some(({ is_vouched_for }) => is_vouched_for);
  const origins = listOrigins(all, at, thresholds);
  return {
    ...vote,
    id: undefined,
    cast_at: at,
    hand_at: has_hand ? at : null,
    source_readers: 0,
    early_source_readers: 0,
    is_new_reader,
    origins,
    is_early: arrived_at === null || isWithin(arrived_at, thresholds.scanning_minutes * 60_000),
    crowd_finding: findingOfCrowds({ ...vote, origins, is_new_reader }, issue_id, crowds),
    decision: null,
  };
}

/**
 * The origins by which a reader may be part of a crowd: while they are new; for longer if enough others had joined
 * before them; and, in that case, for ever by their mailbox. Origins for which staff have vouched are left out.
 */
function listOrigins(
  all: readonly ReaderOrigin[],
  at: Date,
  { new_reader_days, crowd_days, crowd_readers }: Thresholds,
): number[] | null {
  const ids = all
    .filter(({ kind, joined_at, place, is_vouched_for }) => {
      const days = (at.getTime() - joined_at.getTime()) / DAY_MS;
      const isLate = place >= crowd_readers && (days < crowd_days || kind === 'mailbox');
      return (days < new_reader_days || isLate) && !is_vouched_for;
    })
    .map(({ id }) => id);
  return ids.length > 0 ? ids : null;
}
