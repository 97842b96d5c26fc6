import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import { type ComparisonFacts, listComparisonsBySlug, listTools } from '../../comparisons/show/facts.ts';
import type { Context } from '../../context.ts';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { loadPairs } from '../facts/load-pairs.ts';
import {
  type Issue,
  lockIssue,
  type Rejection,
  type StoredChoice,
  type StoredPick,
} from '../record/issue.ts';
import { requireEditable } from './edit.ts';
import { pair } from '../choose/pair-tools.ts';
import { listRecentUses } from '../choose/choose.ts';
import { loadHistory } from '../choose/load-choosing-input.ts';
import { addPins, listPins, removePins } from '../choose/pins.ts';
import { listSharedTools } from '../facts/list-shared-tools.ts';
import { recordStep } from './_steps.ts';
import { rewriteIssue } from './rewrite.ts';

const MAX_COMPARISONS = 8;
const CHOSEN = 'chosen by staff';
const LEFT_OUT = 'left out by staff';

/**
 * Sets the comparisons of an issue that is not approved yet, the lead first: any that it has, any pairs that it
 * had made, and any that are published. Throws `invalid_input` for others, and EditConflict as `editIssue` does.
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

/** Called in the transaction that has locked the issue. */
export async function setComparisons(context: Context, tx: Tx, issue: Issue, slugs: readonly string[]) {
  const comparisons = await loadComparisons(context, tx, issue, slugs);
  const [shared] = listSharedTools(comparisons);
  if (shared !== undefined) {
    throw new AppError(
      'invalid_input',
      `${shared} would be in two comparisons; an issue has each tool once.`,
    );
  }
  const uses = await listUses(tx, slugs, issue.week);
  const { usedTools } = await loadHistory(tx, issue.week);
  const objectionsTo = (slug: string) => {
    const found = comparisons.find((comparison) => comparison.slug === slug);
    const use = uses.get(slug);
    return [
      ...(found ? listRecentUses(found, { usedTools, week: issue.week }) : []),
      ...(use ? [`it was in ${use}`] : []),
    ];
  };
  const choice = choiceOf(issue, slugs, { objectionsTo, pins: await listPins(tx) });
  await rewriteIssue(tx, issue, comparisons, choice);
  // A pinned comparison that is left out is pinned to the next issue again.
  const leftOut = issue.choice.picks.filter(
    ({ slug, origin }) => origin === 'pinned' && !slugs.includes(slug),
  );
  await addPins(
    tx,
    leftOut.map(({ slug }) => slug),
    context.now(),
  );
  await removePins(tx, slugs);
}

/** For each of these comparisons, the last week before `before` in which it was in an issue that was sent. */
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
  const bySlug = new Map(
    [...own, ...(await listLeftOutPairs(tx, issue)), ...published].map((comparison) => [
      comparison.slug,
      comparison,
    ]),
  );
  return slugs.map((slug) => {
    const found = bySlug.get(slug);
    if (!found) {
      throw new AppError('invalid_input', `There is no published comparison ${slug}.`);
    }
    return found;
  });
}

/** The pairs that the issue had made and staff left out, if both tools still exist. */
export async function listLeftOutPairs(
  db: Db | Tx,
  { choice, drafted_at }: Pick<Issue, 'choice' | 'drafted_at'>,
): Promise<ComparisonFacts[]> {
  const pairs = choice.rejections.flatMap((rejection) => (rejection.pair ? [rejection.pair] : []));
  const tools = await listTools(db, pairs.flat());
  return pairs.flatMap(([first, second]) => {
    const [a, b] = [tools.get(first), tools.get(second)];
    return a && b ? [pair(a, b, drafted_at)] : [];
  });
}

/**
 * Why each comparison is in the issue or is not, in the words that the studio shows. One that is left out and added again is what it
 * was before, and so is one that is added and left out again.
 */
function choiceOf(
  { choice, content }: Issue,
  slugs: readonly string[],
  { objectionsTo, pins }: { objectionsTo: (slug: string) => string[]; pins: readonly string[] },
): StoredChoice {
  const before = new Map(choice.picks.map((pick) => [pick.slug, pick]));
  const pickByHand = (slug: string): StoredPick => {
    const rejection = choice.rejections.find((one) => one.slug === slug);
    if (rejection?.pick) {
      return rejection.pick;
    }
    const why = [...(rejection?.reasons ?? []), ...objectionsTo(slug)].filter(
      (reason) => reason !== LEFT_OUT,
    );
    const objections = [...new Set(why)];
    return {
      slug,
      origin: rejection?.pair ? 'paired' : pins.includes(slug) ? 'pinned' : 'published',
      points: 0,
      reasons: [CHOSEN, ...objections.map((reason) => `although ${reason}`)],
      rejection: rejection ?? null,
    };
  };
  const leaveOut = (pick: StoredPick): Rejection[] =>
    pick.rejection === undefined
      ? [
          {
            slug: pick.slug,
            reasons: [LEFT_OUT],
            pick,
            ...(pick.origin === 'paired' ? pairOf(content, pick.slug) : {}),
          },
        ]
      : pick.rejection
        ? [pick.rejection]
        : [];
  const leftOut = choice.picks.filter(({ slug }) => !slugs.includes(slug));
  return {
    ...choice,
    picks: slugs.map((slug) => before.get(slug) ?? pickByHand(slug)),
    rejections: [
      ...leftOut.flatMap(leaveOut),
      ...choice.rejections.filter(({ slug }) => !slugs.includes(slug)),
    ],
  };
}

function pairOf({ lead, more }: IssueContent, slug: string): { pair?: [a: string, b: string] } {
  const tools = [lead, ...more].find((comparison) => comparison.slug === slug)?.tools;
  return tools ? { pair: [tools[0].slug, tools[1].slug] } : {};
}
