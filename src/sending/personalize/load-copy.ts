import type { Context } from '../../context.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { renderIssue } from '../../issues/render/render.tsx';
import { loadOwnVotes } from '../../votes/tally/load-own-votes.ts';
import { findRendering } from './mail-templates.ts';
import { copyFor, buildTemplate, type PersonalCopy } from './personal-copy.ts';

/** The mail that this reader gets: from the frozen rendering or, before approval, from a new one. */
export async function loadCopy(context: Context, issue: Issue, subscriberId: number): Promise<PersonalCopy> {
  const rendering =
    (await findRendering(context.db, issue.id)) ?? (await renderIssue(issue.content, context.config));
  const keyId = await findLinkKey(context, issue.id, subscriberId);
  const template = buildTemplate(rendering, [], context.linkKeys, keyId);
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
