import type * as z from 'zod';
import type { Pictures } from '../parse/read-pictures.ts';
import {
  choice,
  day,
  instant,
  list,
  object,
  isFuture,
  pastDay,
  pictureIn,
  slug,
  text,
} from './_content-fields.ts';

/** The content of the file, with the column names of the tables. */
export type Content = z.output<ReturnType<typeof contentShapeWith>>;

const reviewer = object({ slug, name: text(60), lens: text(80) });

const review = object({
  reviewer: slug,
  verdict: choice(['ship', 'skip']),
  quote: text(1200),
}).transform(({ reviewer, ...rest }) => ({ reviewer_slug: reviewer, ...rest }));

const toolWith = (pictures: Pictures) =>
  object({
    slug,
    name: text(60),
    category: text(40).refine((value) => !value.includes(';'), {
      error: 'contains a semicolon, which separates categories in lists of readers; use another character',
    }),
    tagline: text(120),
    description: text(1000),
    entryPrice: choice(['free', 'freemium', 'trial', 'paid', 'contact']),
    priceNote: text(80).nullish(),
    priceCheckedOn: pastDay.optional(),
    reviewedOn: day,
    picture: object({
      alt: text(80),
      light: pictureIn(pictures),
      dark: pictureIn(pictures).nullish(),
    }).nullish(),
    reviews: list(review),
  })
    .refine(({ priceCheckedOn, reviewedOn }) => priceCheckedOn !== undefined || !isFuture(reviewedOn), {
      path: ['priceCheckedOn'],
      error: 'is missing; reviewedOn is in the future, so say on which day the price was checked',
    })
    .transform(({ picture, entryPrice, priceNote, priceCheckedOn, reviewedOn, ...rest }) => ({
      ...rest,
      entry_price: entryPrice,
      price_note: priceNote ?? null,
      price_checked_on: priceCheckedOn ?? reviewedOn,
      reviewed_on: reviewedOn,
      picture: picture ? { ...picture, dark: picture.dark ?? null } : null,
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

/** The shape of a file whose pictures have been read. */
export const contentShapeWith = (pictures: Pictures) =>
  object({
    reviewers: list(reviewer).default([]),
    tools: list(toolWith(pictures)).default([]),
    comparisons: list(comparison).default([]),
  });
