import type { Context } from '../../context.ts';
import { voterKey } from '../../database/installation.ts';
import type { Ballot } from '../../links/tokens.ts';
import { together } from '../../concurrency/batcher.ts';
import type { Post, PostResult } from './post.ts';
import { writePosts } from './_write-posts.ts';

const batchedPost = together(writePosts, 200);

/**
 * Casts or changes a reader's vote on one tool of the issue, or adds the sign of a person to one; the last vote of a
 * person counts until voting closes.
 */
export function postVote(context: Context, ballot: Ballot, post: Post): Promise<PostResult> {
  const voter = { ...ballot, voter_key: voterKey(context.installation, ballot.subscriber_id) };
  return batchedPost(context, { voter, post, at: context.now() });
}
