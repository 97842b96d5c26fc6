import { outlineOf } from './_outline-content.ts';
import type { ContentDocument } from '../parse/read-content.ts';

/** The slugs that the database holds already. */
export interface KnownSlugs {
  reviewers: readonly string[];
  tools: readonly string[];
}

type Slugs = readonly (string | undefined)[];

/** What no single field shows: slugs used twice, and references that lead nowhere. Overlooks misshapen parts. */
export function listReferenceProblems(document: ContentDocument, known: KnownSlugs): string[] {
  const { reviewers, tools, comparisons } = outlineOf(document);
  const reviewerSlugs = new Set([...known.reviewers, ...slugsOf(reviewers)]);
  const toolSlugs = new Set([...known.tools, ...slugsOf(tools)]);
  return [
    ...listRepeatedSlugs('reviewers', slugsOf(reviewers)),
    ...listRepeatedSlugs('tools', slugsOf(tools)),
    ...listRepeatedSlugs('comparisons', slugsOf(comparisons)),
    ...tools.flatMap((tool, index) => {
      const named = tool.reviews.map((review) => review.reviewer);
      return listLensProblems(`tools[${index}].reviews`, named, reviewerSlugs);
    }),
    ...comparisons.flatMap(({ tools }, index) =>
      listPairProblems(`comparisons[${index}].tools`, tools, toolSlugs),
    ),
  ];
}

function slugsOf(items: readonly { slug?: string | undefined }[]): Slugs {
  return items.map((item) => item.slug);
}

function listRepeatedSlugs(place: string, slugs: Slugs): string[] {
  return findRepeats(slugs).map(
    ([index, first]) =>
      `${place}[${index}].slug: is the slug of ${place}[${first}] too; give each its own, or remove one`,
  );
}

function listLensProblems(place: string, named: Slugs, known: ReadonlySet<string | undefined>): string[] {
  const unknown = findUnknown(named, known).map(
    ([index, name]) =>
      `${place}[${index}].reviewer: no reviewer has the slug ${name}; correct it, or add the reviewer to the file`,
  );
  const repeated = findRepeats(named).map(
    ([index, first]) =>
      `${place}[${index}].reviewer: has reviewed this tool in reviews[${first}] already; remove one of the two`,
  );
  return [...unknown, ...repeated];
}

function listPairProblems(place: string, pair: Slugs, known: ReadonlySet<string | undefined>): string[] {
  const unknown = findUnknown(pair, known).map(
    ([index, name]) =>
      `${place}[${index}]: no tool has the slug ${name}; correct it, or add the tool to the file`,
  );
  const repeated = findRepeats(pair).map(
    () => `${place}: compares a tool with itself; name two different tools`,
  );
  return [...unknown, ...repeated];
}

function findUnknown(slugs: Slugs, known: ReadonlySet<string | undefined>): [number, string][] {
  return slugs.flatMap((slug, index) =>
    slug === undefined || known.has(slug) ? [] : [[index, slug] as [number, string]],
  );
}

function findRepeats(slugs: Slugs): [index: number, first: number][] {
  const firsts = new Map<string, number>();
  return slugs.flatMap((slug, index) => {
    const first = slug === undefined ? index : (firsts.get(slug) ?? index);
    firsts.set(slug ?? '', first);
    return first === index ? [] : [[index, first] as [number, number]];
  });
}
