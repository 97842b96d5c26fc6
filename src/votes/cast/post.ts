import type { CastWay, Verdict } from '../../database/schema.ts';
import type { Evidence, StoredCast, Voter } from '../evidence/evidence.ts';
import type { Judgement } from '../judge/judge.ts';

/** A vote as it was posted. */
export interface Vote {
  tool_slug: string;
  choice: Verdict;
  way: CastWay;
  /** From the page's signature; null if it has no valid one. */
  rendered_at: Date | null;
  /** The tool of the link that opened the page; null without a valid signature. */
  page_tool: string | null;
  has_hand: boolean;
  is_remembered: boolean;
  source_key: string | null;
}

/** A vote, or a human interaction on a page that has already cast its vote. */
export type Post = ({ kind: 'vote' } & Vote) | { kind: 'hand'; rendered_at: Date; page_tool: string };

/**
 * `judged`: `judgements` has the reader's votes as they now stand, by tool; `is_by_person` says that the vote which this
 * post cast, or whose page this interaction was on, counts and that a person was seen to cast it, so that their browser
 * may be remembered. Otherwise no vote was stored; after `too many`, a human interaction may have been.
 */
export type PostResult =
  | { kind: 'judged'; judgements: ReadonlyMap<string, Judgement>; is_by_person: boolean }
  | { kind: 'closed' | 'not eligible' | 'too many' };

export interface VoterPost {
  voter: Voter;
  post: Post;
  at: Date;
}

/** What to store about one reader: the evidence after their posts, and what changed in it. */
export interface ReaderUpdate {
  voter: Voter;
  evidence: Evidence;
  judgements: ReadonlyMap<string, Judgement>;
  added: readonly StoredCast[];
  /** Stored casts whose page has since seen a human interaction. */
  interacted: readonly StoredCast[];
}
