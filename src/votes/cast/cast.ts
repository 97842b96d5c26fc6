import type { Context } from '../../context.ts';
import { voterKey } from '../../installation/installation.ts';
import type { Ballot } from '../../links/tokens.ts';
import { createBatcher } from '../../concurrency/batcher.ts';
import type { Post, PostResult } from './post.ts';
import { writePosts } from './_write-posts.ts';

const batchedPost = createBatcher(writePosts, { maxItems: 200 });

/**
 * Casts or changes a reader's vote on one tool of an issue, or records a human interaction on the page of a vote. A
 * person's last vote before voting closes is the one that counts.
 */
export async function postVote(context: Context, ballot: Ballot, post: Post): Promise<PostResult> {
  const voter = { ...ballot, voter_key: voterKey(context.installation, ballot.subscriber_id) };
  const result = await batchedPost(context, { voter, post, at: context.now() });
  if (post.kind === 'vote') {
    const judgement = result.kind === 'judged' ? result.judgements.get(post.tool_slug) : undefined;
    context.metrics.count('votes', judgement?.state ?? result.kind);
  }
  return result;
}
