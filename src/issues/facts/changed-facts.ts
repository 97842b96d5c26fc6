import { isDeepStrictEqual } from 'node:util';
import type { ComparisonContent, ToolContent } from '../../../emails/_parts/content/content.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Finding } from '../finding/finding.ts';
import { composeComparison } from '../write/compose.ts';
import type { Issue, MadeFrom } from '../record/issue.ts';
import { loadPairs, revisionsOf } from './load-pairs.ts';

/** One fact, as the issue has it and as the content has it now; null where it is missing. */
export interface FactChange {
  /** "Wrenstitch, price" */
  place: string;
  before: string | null;
  now: string | null;
}

/** `now` of a change that no field of the issue shows. */
const NOT_SHOWN = 'something that the issue does not show has changed';

/**
 * What has changed in the content since the issue was made from it; empty if every revision is the same. An issue that
 * has been prepared keeps its facts.
 */
export async function listChangedFacts(db: Db | Tx, issue: Issue): Promise<FactChange[]> {
  if (issue.prepared_at || issue.status === 'cancelled') {
    return [];
  }
  const pairs = await loadPairs(db, issue);
  const found = pairs.flatMap(({ facts }) => facts ?? []);
  if (pairs.length === 0 || isDeepStrictEqual(revisionsOf(found), issue.made_from)) {
    return [];
  }
  return [issue.content.lead, ...issue.content.more].flatMap((before): FactChange[] => {
    const facts = pairs.find(({ slug }) => slug === before.slug)?.facts;
    if (!facts) {
      const isAccepted = !(before.slug in issue.made_from.comparisons);
      return isAccepted ? [] : [{ place: before.headline, before: 'in the content', now: null }];
    }
    const changes = compareComparisons(before, composeComparison(facts, new Map()));
    const isSame = isDeepStrictEqual(revisionsOf([facts]), pick(issue.made_from, before));
    return changes.length > 0 || isSame
      ? changes
      : [{ place: before.headline, before: null, now: NOT_SHOWN }];
  });
}

/** Changes that an approval or release has accepted: the issue goes out as it is, unless staff take the new facts. */
export async function listAcceptedChanges(db: Db | Tx, issue: Issue): Promise<FactChange[]> {
  const { made_from_before } = issue;
  return made_from_before ? listChangedFacts(db, { ...issue, made_from: made_from_before }) : [];
}

export function describeChange({ place, before, now }: FactChange): Finding {
  return {
    check: 'facts',
    what: `${place}${wordsOf(before, now)}`,
    fix: 'take the new facts, or approve the issue as it is, with a reason',
  };
}

function wordsOf(before: string | null, now: string | null): string {
  if (now === null) {
    return ' is gone';
  }
  if (before === null) {
    return now === NOT_SHOWN ? `: ${now}` : ` is new: “${now}”`;
  }
  return ` was “${before}” and is “${now}”`;
}

function compareComparisons(before: ComparisonContent, now: ComparisonContent): FactChange[] {
  const tools = before.tools.flatMap((tool, index) => {
    const other = now.tools[index];
    return other?.slug === tool.slug
      ? compareTools(tool, other)
      : [{ place: before.headline, before: tool.name, now: other?.name ?? null }];
  });
  return [...compare(`${before.headline}, question`, before.question, now.question), ...tools];
}

function compareTools(before: ToolContent, now: ToolContent): FactChange[] {
  const place = (what: string) => `${before.name}, ${what}`;
  return [
    ...compare(place('name'), before.name, now.name),
    ...compare(place('category'), before.category, now.category),
    ...compare(place('tagline'), before.tagline, now.tagline),
    ...compare(place('description'), before.description, now.description),
    ...compare(place('price'), priceOf(before), priceOf(now)),
    ...compare(place('picture'), pictureOf(before), pictureOf(now)),
    ...compareReviews(before, now),
  ];
}

function compareReviews(before: ToolContent, now: ToolContent): FactChange[] {
  const reviewers = new Set([...before.reviews, ...now.reviews].map(({ reviewer }) => reviewer));
  return [...reviewers].flatMap((reviewer) => {
    const of = (tool: ToolContent) => tool.reviews.find((review) => review.reviewer === reviewer);
    const [old, current] = [of(before), of(now)];
    const place = `${before.name}, ${reviewer}`;
    return [
      ...compare(`${place}: verdict`, old?.verdict ?? null, current?.verdict ?? null),
      ...compare(`${place}: quote`, old?.quote ?? null, current?.quote ?? null),
    ];
  });
}

function compare(place: string, before: string | null, now: string | null): FactChange[] {
  return before === now ? [] : [{ place, before, now }];
}

function priceOf({ entry_price, price_note }: ToolContent): string {
  return price_note ? `${entry_price}, ${price_note}` : entry_price;
}

function pictureOf({ picture }: ToolContent): string | null {
  return picture ? `${picture.alt} (${[picture.light, picture.dark].filter(Boolean).join(', ')})` : null;
}

/** The revisions of one comparison and its tools. */
function pick({ tools, comparisons }: MadeFrom, { slug, tools: [a, b] }: ComparisonContent): MadeFrom {
  return { tools: only(tools, [a.slug, b.slug]), comparisons: only(comparisons, [slug]) };
}

function only(revisions: Record<string, number>, slugs: readonly string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(revisions).filter(([slug]) => slugs.includes(slug)));
}
