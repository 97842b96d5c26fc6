import { listComparisonsBySlug } from '../../comparisons/show/facts.ts';
import type { Context } from '../../context.ts';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { loadPairs } from '../facts/load-pairs.ts';
import { type Issue, lockIssue, type StoredChoice } from '../record/issue.ts';
import { requireEditable } from './edit.ts';
import { recordStep } from './_steps.ts';
import { rewriteIssue } from './rewrite.ts';

const MAX_COMPARISONS = 8;
const CHOSEN = 'chosen by staff';

/**
 * Sets the comparisons of an issue that is not approved yet, the lead first: those it has, and any that is published. Throws
 * `invalid_input` for others, and EditConflict as `editIssue` does.
 */
export async function arrangeComparisons(
  context: Context,
  week: Week,
  slugs: readonly string[],
  expectedHash?: string,
  by?: string,
): Promise<void> {
  if (slugs.length === 0 || slugs.length > MAX_COMPARISONS || new Set(slugs).size < slugs.length) {
    throw new AppError('invalid_input', `An issue has 1 to ${MAX_COMPARISONS} different comparisons.`);
  }
  await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    requireEditable(issue, expectedHash);
    await setComparisons(context, tx, issue, slugs);
    await recordStep(tx, issue, context.now(), by);
  });
}

/** In the transaction of whoever has locked the issue. */
export async function setComparisons(context: Context, tx: Tx, issue: Issue, slugs: readonly string[]) {
  const comparisons = await loadComparisons(context, tx, issue, slugs);
  await tx.deleteFrom('issue_comparisons').where('issue_id', '=', issue.id).execute();
  await tx
    .insertInto('issue_comparisons')
    .values(
      comparisons.map(({ slug, tools: [a, b] }, position) => ({
        issue_id: issue.id,
        position,
        comparison_slug: slug,
        tool_a: a.slug,
        tool_b: b.slug,
      })),
    )
    .execute();
  await rewriteIssue(tx, issue, comparisons, choiceOf(issue, slugs, await listUses(tx, slugs, issue.week)));
}

/** The last week in which each of these comparisons was in an issue that was sent. */
export async function listUses(
  db: Db | Tx,
  slugs: readonly string[],
  before: Week,
): Promise<Map<string, Week>> {
  const rows = await db
    .selectFrom('issue_comparisons')
    .innerJoin('issues', 'issues.id', 'issue_id')
    .select(({ fn }) => ['comparison_slug', fn.max('week').as('week')])
    .where('comparison_slug', '=', sql<string>`any(${[...slugs]}::text[])`)
    .where('prepared_at', 'is not', null)
    .where('week', '<', before)
    .groupBy('comparison_slug')
    .execute();
  return new Map(rows.map(({ comparison_slug, week }) => [comparison_slug, week]));
}

async function loadComparisons({ now }: Context, tx: Tx, issue: Issue, slugs: readonly string[]) {
  const own = (await loadPairs(tx, issue)).flatMap(({ facts }) => facts ?? []);
  const published = (await listComparisonsBySlug(tx, slugs)).filter(
    ({ published_at }) => published_at <= now(),
  );
  const bySlug = new Map([...own, ...published].map((comparison) => [comparison.slug, comparison]));
  return slugs.map((slug) => {
    const found = bySlug.get(slug);
    if (!found) {
      throw new AppError('invalid_input', `There is no published comparison ${slug}.`);
    }
    return found;
  });
}

/** What the studio says about why each is in the issue. */
function choiceOf(
  { choice }: Issue,
  slugs: readonly string[],
  uses: ReadonlyMap<string, Week>,
): StoredChoice {
  const before = new Map(choice.picks.map((pick) => [pick.slug, pick]));
  const pickByHand = (slug: string): StoredChoice['picks'][number] => {
    const use = uses.get(slug);
    const objections = [
      ...(choice.rejections.find((rejection) => rejection.slug === slug)?.reasons ?? []),
      ...(use ? [`it was in ${use}`] : []),
    ];
    return {
      slug,
      origin: 'published',
      points: 0,
      reasons: [CHOSEN, ...objections.map((why) => `although ${why}`)],
    };
  };
  const left = choice.picks.filter(({ slug }) => !slugs.includes(slug));
  return {
    ...choice,
    picks: slugs.map((slug) => before.get(slug) ?? pickByHand(slug)),
    rejections: [
      ...left.map(({ slug }) => ({ slug, reasons: ['left out by staff'] })),
      ...choice.rejections.filter(({ slug }) => !slugs.includes(slug)),
    ],
  };
}
