import { AppError } from '../../errors.ts';
import { type Ballot, verifyPageSignature, verifyVoteToken } from '../../links/tokens.ts';
import type { CastWay, Verdict } from '../../database/schema.ts';
import { findIssueTools } from '../../votes/ballot/ballot.ts';
import { postVote } from '../../votes/cast/cast.ts';
import type { PostResult } from '../../votes/cast/post.ts';
import { sourceKey } from '../../votes/cast/source-key.ts';
import { findClientAddress } from '../request/client-address.ts';
import type { PageContext } from '../layout/page.tsx';
import { isPlausibleInteractionClaim } from './_interaction-claim.ts';
import { AFTER_POST } from './_after-post.ts';
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
  const way = readWay(fields.get('way'));
  const { rendered_at, page_tool } = findRendering(c, link, way, fields) ?? NO_PAGE;
  const post = {
    kind: 'vote' as const,
    tool_slug: link.tool_slug,
    choice: link.choice,
    way,
    rendered_at,
    page_tool,
    has_hand: isPlausibleInteractionClaim(c, way, fields.get('hand') ?? '', rendered_at),
    is_remembered: isRemembered(c, link.ballot.subscriber_id),
    source_key: await sourceKey(context, findClientAddress(c)),
  };
  const result = await trackVote(context, () => postVote(context, link.ballot, post));
  if (result.kind === 'too many') {
    throw new AppError('refused', 'This vote was changed too often. Your previous choice stands.');
  }
  rememberVoter(c, link, result);
  return c.redirect(`/v/${link.token}/${link.tool_slug}/${link.choice}?${AFTER_POST}`, 303);
}

/** Records human interaction that the vote's page reports later, with a beacon. */
export async function recordInteractionAction(c: PageContext) {
  const link = await findLink(c);
  if (!link) {
    return c.notFound();
  }
  const context = c.get('context');
  const fields = await readFields(c);
  const page = findRendering(c, link, 'automatic', fields);
  if (page && isPlausibleInteractionClaim(c, 'beacon', fields.get('hand') ?? '', page.rendered_at)) {
    rememberVoter(c, link, await postVote(context, link.ballot, { kind: 'hand', ...page }));
  }
  return c.body(null, 204);
}

/**
 * When the form's page was rendered; null unless that page may cast this vote: its script only the choice of its own
 * link, its buttons either choice on the tool of that link, its ballot any choice on any tool.
 */
function findRendering(
  c: PageContext,
  { ballot, tool_slug, choice }: VoteLink,
  way: CastWay,
  fields: URLSearchParams,
): { rendered_at: Date; page_tool: string } | null {
  const rendering = verifyPageSignature(c.get('context').linkKeys, ballot, fields.get('page') ?? '');
  const mayCast: Record<CastWay, (link: string) => boolean> = {
    automatic: (link) => link === `${tool_slug}/${choice}`,
    button: (link) => link.startsWith(`${tool_slug}/`),
    ballot: () => true,
  };
  return rendering && mayCast[way](rendering.link)
    ? { rendered_at: rendering.rendered_at, page_tool: rendering.link.split('/')[0] ?? '' }
    : null;
}

/** Parses a URL-encoded form body; other bodies have no known fields. */
async function readFields(c: PageContext): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}

const NO_PAGE = { rendered_at: null, page_tool: null };

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

/** Sets the cookie if this vote counted and a person was seen to cast it: their next votes from this browser need no gesture. */
function rememberVoter(c: PageContext, { ballot: { subscriber_id } }: VoteLink, result: PostResult): void {
  if (result.kind === 'judged' && result.is_by_person) {
    remember(c, subscriber_id);
  }
}
