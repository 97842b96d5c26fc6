import type { CastWay, Verdict } from '../../database/schema.ts';
import type { Evidence, StoredCast, Voter } from '../judge/evidence.ts';
import type { Judgement } from '../judge/judge.ts';

/** A vote as it was posted. */
export interface Vote {
  tool_slug: string;
  choice: Verdict;
  way: CastWay;
  /** By the page's signature; null without a valid one. */
  rendered_at: Date | null;
  has_hand: boolean;
  is_remembered: boolean;
  source_key: string | null;
}

/** A vote, or the sign of a person on a page whose vote was cast before. */
export type Post = ({ kind: 'vote' } & Vote) | { kind: 'hand'; rendered_at: Date };

/** `judged`: what counts of the reader's votes now, by tool. Nothing was written otherwise. */
export type PostResult =
  | { kind: 'judged'; judgements: ReadonlyMap<string, Judgement> }
  | { kind: 'closed' | 'not eligible' | 'too many' };

export interface VoterPost {
  voter: Voter;
  post: Post;
  at: Date;
}

/** A reader's evidence while posts are added to it. */
export interface OpenReader {
  voter: Voter;
  evidence: Evidence;
  judgements: ReadonlyMap<string, Judgement>;
  added: StoredCast[];
  /** Casts of before to which a hand was added. */
  touched: Set<StoredCast>;
}
