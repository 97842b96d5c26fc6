import type { Context } from '../../context.ts';
import type { Issue } from '../../issues/record/issue.ts';
import type { LinkKeys } from '../../links/tokens.ts';
import { renderIssue } from '../../issues/render/render.tsx';
import { loadOwnVotes } from '../../votes/tally/load-own-votes.ts';
import { findRendering } from './mail-templates.ts';
import { copyFor, buildTemplate, type PersonalCopy } from './personal-copy.ts';

/** The mail that this reader got: its links are theirs. */
export function loadCopy(context: Context, issue: Issue, subscriberId: number): Promise<PersonalCopy> {
  return loadWithKeys(context, issue, subscriberId, context.linkKeys);
}

/**
 * The mail that this reader gets, byte for byte but for the tokens of its links: they change nothing, whoever opens them. From
 * the frozen rendering or, before approval, from a new one.
 */
export function loadPreview(context: Context, issue: Issue, subscriberId: number): Promise<PersonalCopy> {
  return loadWithKeys(context, issue, subscriberId, context.previewKeys);
}

async function loadWithKeys(
  context: Context,
  issue: Issue,
  subscriberId: number,
  keys: LinkKeys,
): Promise<PersonalCopy> {
  const rendering =
    (await findRendering(context.db, issue.id)) ?? (await renderIssue(issue.content, context.config));
  const keyId = await findLinkKey(context, issue.id, subscriberId);
  const template = buildTemplate(rendering, [], keys, keyId);
  const [own_votes] = template.recap_week
    ? await loadOwnVotes(context, template.recap_week, [subscriberId])
    : [];
  return copyFor(template, {
    issue_id: issue.id,
    subscriber_id: subscriberId,
    own_votes: own_votes ?? new Map(),
  });
}

/** The key that signed this reader's mail, if that secret is still configured. */
async function findLinkKey(
  { db, linkKeys }: Context,
  issueId: number,
  subscriberId: number,
): Promise<string> {
  const batch = await db
    .selectFrom('deliveries')
    .innerJoin('batches', 'batches.id', 'deliveries.batch_id')
    .select('link_key_id')
    .where('deliveries.issue_id', '=', issueId)
    .where('subscriber_id', '=', subscriberId)
    .executeTakeFirst();
  const id = batch?.link_key_id;
  return id && linkKeys.byId.has(id) ? id : linkKeys.newest;
}
