import type { Context } from '../context.ts';
import { voterKey } from '../installation.ts';
import type { Ballot } from '../links.ts';
import type { CastWay, Verdict } from '../schema.ts';
import { together } from '../together.ts';
import type { Judgement } from './judge.ts';
import type { Voter } from './load-evidence.ts';
import { writePosts } from './write-posts.ts';

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

const postTogether = together(writePosts, 200);

/**
 * Casts or changes a reader's vote on one tool of the issue, or adds the sign of a person to one; the last vote of a
 * person counts until voting closes.
 */
export function postVote(context: Context, ballot: Ballot, post: Post): Promise<PostResult> {
  const voter = { ...ballot, voter_key: voterKey(context.installation, ballot.subscriber_id) };
  return postTogether(context, { voter, post, at: context.now() });
}
