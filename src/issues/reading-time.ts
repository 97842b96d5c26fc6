import type { ComparisonContent } from '../../emails/_parts/content.ts';

const WORDS_A_MINUTE = 220;
/** As the mail shows a quote: its first sentences. */
const QUOTE_WORDS = 28;

/** Whole minutes, at least one, for what the mail shows of its comparisons. */
export function readingMinutes(lead: ComparisonContent, more: readonly ComparisonContent[]): number {
  const texts = [
    ...[lead, ...more].map(({ verdict }) => verdict),
    lead.pricing_read,
    lead.reviewer_split,
    ...lead.tools.flatMap(({ tagline, description }) => [tagline, description]),
  ];
  const quotes = lead.tools.flatMap(({ reviews }) => reviews.map(({ quote }) => quote));
  const words =
    texts.reduce((sum, text) => sum + countWords(text), 0) +
    quotes.reduce((sum, quote) => sum + Math.min(QUOTE_WORDS, countWords(quote)), 0);
  return Math.max(1, Math.round(words / WORDS_A_MINUTE));
}

/** By what people take for words in any script, not by blanks. */
function countWords(text: string): number {
  return [...new Intl.Segmenter('en', { granularity: 'word' }).segment(text)].filter(
    ({ isWordLike }) => isWordLike,
  ).length;
}
