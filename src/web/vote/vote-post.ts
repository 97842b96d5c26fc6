import { AppError } from '../../errors.ts';
import { type Ballot, verifyPageSignature, verifyVoteToken } from '../../links/tokens.ts';
import type { CastWay, Verdict } from '../../database/schema.ts';
import { findIssueTools } from '../../votes/ballot/ballot.ts';
import { postVote } from '../../votes/cast/cast.ts';
import type { PostResult } from '../../votes/cast/post.ts';
import { sourceKey } from '../../votes/cast/source-key.ts';
import { findClientAddress } from '../layout/client-address.ts';
import type { PageContext } from '../layout/page.tsx';
import { isRemembered, remember } from './_remember-cookie.ts';
import { trackVote } from './_load-shedding.ts';

/** Casts the vote and redirects to the page that shows its state. Posting the same vote again changes nothing. */
export async function castVoteAction(c: PageContext) {
  const link = await findLink(c);
  if (!link) {
    return c.notFound();
  }
  const context = c.get('context');
  const fields = await readFields(c);
  const has_hand = Boolean(fields.get('hand'));
  const post = {
    kind: 'vote' as const,
    tool_slug: link.tool_slug,
    choice: link.choice,
    way: readWay(fields.get('way')),
    rendered_at: verifyPageSignature(context.linkKeys, link.ballot, fields.get('page') ?? '') ?? null,
    has_hand,
    is_remembered: isRemembered(c, link.ballot.subscriber_id),
    source_key: await sourceKey(context, findClientAddress(c)),
  };
  const result = await trackVote(context, () => postVote(context, link.ballot, post));
  if (result.kind === 'too many') {
    throw new AppError(
      'refused',
      'You have changed these votes very often. What you said before this stands.',
    );
  }
  rememberVoter(c, link, result, has_hand);
  return c.redirect(`/v/${link.token}/${link.tool_slug}/${link.choice}`, 303);
}

/** Records human interaction that the vote's page reports later, with a beacon. */
export async function recordInteractionAction(c: PageContext) {
  const link = await findLink(c);
  if (!link) {
    return c.notFound();
  }
  const context = c.get('context');
  const fields = await readFields(c);
  const rendered_at = verifyPageSignature(context.linkKeys, link.ballot, fields.get('page') ?? '');
  if (rendered_at) {
    rememberVoter(c, link, await postVote(context, link.ballot, { kind: 'hand', rendered_at }), true);
  }
  return c.body(null, 204);
}

/** Parses a URL-encoded form body; other bodies have no known fields. */
async function readFields(c: PageContext): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}

interface VoteLink {
  token: string;
  ballot: Ballot;
  tool_slug: string;
  choice: Verdict;
}

/** Undefined for an unknown issue, tool or choice. */
async function findLink(c: PageContext): Promise<VoteLink | undefined> {
  const { db, linkKeys } = c.get('context');
  const { token = '', tool: tool_slug = '', choice } = c.req.param();
  const ballot = verifyVoteToken(linkKeys, token);
  const issue = ballot && (await findIssueTools(db, ballot.issue_id));
  return ballot &&
    issue?.tools.some(({ slug }) => slug === tool_slug) &&
    (choice === 'ship' || choice === 'skip')
    ? { token, ballot, tool_slug, choice }
    : undefined;
}

function readWay(name: string | null): CastWay {
  return name === 'automatic' || name === 'ballot' ? name : 'button';
}

/** Sets the cookie if a vote with human interaction counted: the reader's next votes from this browser need no gesture. */
function rememberVoter(
  c: PageContext,
  { ballot: { subscriber_id }, tool_slug }: VoteLink,
  result: PostResult,
  hasHand: boolean,
): void {
  if (hasHand && result.kind === 'judged' && result.judgements.get(tool_slug)?.state === 'counted') {
    remember(c, subscriber_id);
  }
}
