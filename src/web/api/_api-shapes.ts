import * as z from 'zod';

const community = z
  .object({
    votes: z.int().nullable().describe('Counted votes; null below 10'),
    ship_percent: z.int().nullable().describe('Whole per cent for Ship; null below 40 votes'),
    held: z.int().describe('Votes not counted for lack of evidence that a person cast them'),
    shown: z.string().describe('As displayed on pages: "—", "early: 12 votes" or "68% ship (57 votes)"'),
  })
  .describe('Newsletter readers, self-selected; never averaged with the panel');

export const tool = z.object({
  slug: z.string(),
  name: z.string(),
  panel: z.object({ ship: z.int(), of: z.int(), label: z.string().describe('"AI panel", or empty') }),
  community,
});

export const comparison = z.object({
  slug: z.string(),
  headline: z.string(),
  url: z.url(),
  is_too_close_to_call: z
    .boolean()
    .describe('The difference of the two shares is not significant (paired where readers voted on both, 5%)'),
  tools: z.array(tool),
});

const next = z.url().nullable().describe('URL of the next page; null on the last page');

export const comparisonList = z.object({ comparisons: z.array(comparison), next });

export const resultList = z.object({
  results: z.array(
    z.object({
      week: z.string().describe('ISO week, "2026-W48"'),
      number: z.int(),
      url: z.url(),
      frozen_at: z.iso.datetime(),
      comparisons: z.array(comparison),
    }),
  ),
  next,
});

export const problem = z.object({ error: z.string() });

export type ApiComparison = z.infer<typeof comparison>;
export type ApiTool = z.infer<typeof tool>;
export type ComparisonList = z.infer<typeof comparisonList>;
export type ResultList = z.infer<typeof resultList>;
