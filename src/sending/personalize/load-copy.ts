import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { findSelection, findVariant, WHOLE_ISSUE } from '../../issues/select/variants.ts';
import type { Issue } from '../../issues/record/issue.ts';
import type { LinkKeys } from '../../links/tokens.ts';
import { type Rendering, renderIssue } from '../../issues/render/render.tsx';
import { loadOwnVotes } from '../../votes/tally/load-own-votes.ts';
import { findRendering, forLane } from './mail-templates.ts';
import { copyFor, buildTemplate, type PersonalCopy } from './personal-copy.ts';

const GETS_NOTHING =
  'This reader does not get this issue: none of its comparisons is in a category they chose.';

/** The mail that this reader got, with links that work. */
export function loadCopy(context: Context, issue: Issue, subscriberId: number): Promise<PersonalCopy> {
  return loadWithKeys(context, issue, subscriberId, context.linkKeys);
}

/**
 * The mail that this reader gets, byte for byte except for the tokens of its links: they change nothing, whoever opens them. It is
 * made from the frozen rendering or, before approval, from a new one.
 */
export function loadPreview(context: Context, issue: Issue, subscriberId: number): Promise<PersonalCopy> {
  return loadWithKeys(context, issue, subscriberId, context.previewKeys);
}

/** The same, but from the sender of lane 1, through which test copies go. */
export function loadTestCopy(context: Context, issue: Issue, subscriberId: number): Promise<PersonalCopy> {
  return loadWithKeys(context, issue, subscriberId, context.previewKeys, FIRST_LANE);
}

const FIRST_LANE = 1;

async function loadWithKeys(
  context: Context,
  issue: Issue,
  subscriberId: number,
  keys: LinkKeys,
  lane?: number,
): Promise<PersonalCopy> {
  const batch = await findBatch(context, issue.id, subscriberId);
  // For a past issue it is no longer known who got which variant, and the reader may have chosen otherwise since.
  const variant = batch?.variant ?? (issue.past_at ? WHOLE_ISSUE : undefined);
  const rendering =
    (variant === undefined ? undefined : await findRendering(context.db, issue.id, variant)) ??
    (await renderFor(context, issue, subscriberId));
  const template = buildTemplate(
    forLane(rendering, lane ?? batch?.lane ?? FIRST_LANE),
    [],
    keys,
    linkKeyOf(context, batch?.link_key_id ?? null),
  );
  const [own_votes] = template.recap_week
    ? await loadOwnVotes(context, template.recap_week, [subscriberId])
    : [];
  return copyFor(template, {
    issue_id: issue.id,
    subscriber_id: subscriberId,
    own_votes: own_votes ?? new Map(),
  });
}

/**
 * For a reader who has no delivery: what they would get by their choice of categories, or, if there is no such reader,
 * the whole issue. Throws `refused` if that is nothing.
 */
async function renderFor({ db, config }: Context, issue: Issue, subscriberId: number): Promise<Rendering> {
  const reader = await db
    .selectFrom('subscribers')
    .select(['categories', 'always_lead'])
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  const content = reader ? await findSelection(db, issue, reader) : issue.content;
  if (!content) {
    throw new AppError('refused', GETS_NOTHING);
  }
  const variant = content === issue.content ? WHOLE_ISSUE : await findVariant(db, issue, content);
  const frozen = variant === undefined ? undefined : await findRendering(db, issue.id, variant);
  return frozen ?? renderIssue(content, config);
}

function findBatch({ db }: Context, issueId: number, subscriberId: number) {
  return db
    .selectFrom('deliveries')
    .innerJoin('batches', 'batches.id', 'deliveries.batch_id')
    .select(['link_key_id', 'variant', 'lane'])
    .where('deliveries.issue_id', '=', issueId)
    .where('subscriber_id', '=', subscriberId)
    .executeTakeFirst();
}

/** The key that signed this reader's mail, if that secret is still configured. */
function linkKeyOf({ linkKeys }: Context, id: string | null): string {
  return id && linkKeys.byId.has(id) ? id : linkKeys.newest;
}
