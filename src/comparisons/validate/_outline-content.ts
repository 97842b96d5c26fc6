import * as z from 'zod';
import { slug } from './_content-fields.ts';
import type { ContentDocument } from '../parse/read-content.ts';

const someSlug = slug.optional().catch(undefined);
const someReview = z.object({ reviewer: someSlug }).catch({ reviewer: undefined });
const someReviewer = z.object({ slug: someSlug }).catch({ slug: undefined });
const someTool = z
  .object({ slug: someSlug, reviews: z.array(someReview).catch([]) })
  .catch({ slug: undefined, reviews: [] });
const someComparison = z
  .object({ slug: someSlug, tools: z.array(someSlug).catch([]) })
  .catch({ slug: undefined, tools: [] });
const outline = z.object({
  reviewers: z.array(someReviewer).catch([]),
  tools: z.array(someTool).catch([]),
  comparisons: z.array(someComparison).catch([]),
});

/** Only the slugs of a document, undefined where one is missing or invalid; never throws. */
export function outlineOf(document: ContentDocument) {
  return outline.parse(document);
}
