import type { z } from 'zod';
import { choice, day, instant, list, object, slug, text } from './_content-fields.ts';

/** The content of the file, with the column names of the tables. */
export type Content = z.output<typeof contentShape>;

const reviewer = object({ slug, name: text(60), lens: text(80) });

const review = object({
  reviewer: slug,
  verdict: choice(['ship', 'skip']),
  quote: text(1200),
}).transform(({ reviewer, ...rest }) => ({ reviewer_slug: reviewer, ...rest }));

const tool = object({
  slug,
  name: text(60),
  category: text(40),
  tagline: text(120),
  description: text(1000),
  entryPrice: choice(['free', 'freemium', 'trial', 'paid', 'contact']),
  priceNote: text(80).nullish(),
  priceCheckedOn: day.optional(),
  reviewedOn: day,
  reviews: list(review),
}).transform(({ entryPrice, priceNote, priceCheckedOn, reviewedOn, ...rest }) => ({
  ...rest,
  entry_price: entryPrice,
  price_note: priceNote ?? null,
  price_checked_on: priceCheckedOn ?? reviewedOn,
  reviewed_on: reviewedOn,
}));

const comparison = object({
  slug,
  tools: list(slug).length(2, { error: 'must name exactly two tools by their slugs' }),
  question: text(120),
  publishedAt: instant,
}).transform(({ tools: [tool_a = '', tool_b = ''], publishedAt, ...rest }) => ({
  ...rest,
  tool_a,
  tool_b,
  published_at: publishedAt,
}));

export const contentShape = object({
  reviewers: list(reviewer).default([]),
  tools: list(tool).default([]),
  comparisons: list(comparison).default([]),
});
