import { outlineOf } from './_outline-content.ts';
import type { ContentDocument } from '../parse/read-content.ts';

/** Slugs that are already in the database. */
export interface KnownSlugs {
  reviewers: readonly string[];
  tools: readonly string[];
}

type Slugs = readonly (string | undefined)[];

/** Problems across fields: duplicate slugs and references to unknown slugs. Ignores malformed parts. */
export function listReferenceProblems(document: ContentDocument, known: KnownSlugs): string[] {
  const { reviewers, tools, comparisons } = outlineOf(document);
  const reviewerSlugs = new Set([...known.reviewers, ...slugsOf(reviewers)]);
  const toolSlugs = new Set([...known.tools, ...slugsOf(tools)]);
  return [
    ...listDuplicateSlugs('reviewers', slugsOf(reviewers)),
    ...listDuplicateSlugs('tools', slugsOf(tools)),
    ...listDuplicateSlugs('comparisons', slugsOf(comparisons)),
    ...tools.flatMap((tool, index) => {
      const named = tool.reviews.map((review) => review.reviewer);
      return listReviewProblems(`tools[${index}].reviews`, named, reviewerSlugs);
    }),
    ...comparisons.flatMap(({ tools }, index) =>
      listPairProblems(`comparisons[${index}].tools`, tools, toolSlugs),
    ),
  ];
}

function slugsOf(items: readonly { slug?: string | undefined }[]): Slugs {
  return items.map((item) => item.slug);
}

function listDuplicateSlugs(path: string, slugs: Slugs): string[] {
  return findDuplicates(slugs).map(
    ([index, first]) =>
      `${path}[${index}].slug: is also the slug of ${path}[${first}]; give each its own, or remove one`,
  );
}

function listReviewProblems(path: string, named: Slugs, known: ReadonlySet<string | undefined>): string[] {
  const unknown = findUnknown(named, known).map(
    ([index, name]) =>
      `${path}[${index}].reviewer: no reviewer has the slug ${name}; correct it, or add the reviewer to the file`,
  );
  const duplicate = findDuplicates(named).map(
    ([index, first]) =>
      `${path}[${index}].reviewer: already reviewed this tool in reviews[${first}]; remove one of the two`,
  );
  return [...unknown, ...duplicate];
}

function listPairProblems(path: string, pair: Slugs, known: ReadonlySet<string | undefined>): string[] {
  const unknown = findUnknown(pair, known).map(
    ([index, name]) =>
      `${path}[${index}]: no tool has the slug ${name}; correct it, or add the tool to the file`,
  );
  const duplicate = findDuplicates(pair).map(
    () => `${path}: compares a tool with itself; name two different tools`,
  );
  return [...unknown, ...duplicate];
}

function findUnknown(slugs: Slugs, known: ReadonlySet<string | undefined>): [number, string][] {
  return slugs.flatMap((slug, index) =>
    slug === undefined || known.has(slug) ? [] : [[index, slug] as [number, string]],
  );
}

function findDuplicates(slugs: Slugs): [index: number, first: number][] {
  const firsts = new Map<string, number>();
  return slugs.flatMap((slug, index) => {
    const first = slug === undefined ? index : (firsts.get(slug) ?? index);
    firsts.set(slug ?? '', first);
    return first === index ? [] : [[index, first] as [number, number]];
  });
}
