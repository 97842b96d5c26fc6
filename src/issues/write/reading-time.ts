import type { ComparisonContent, RecapContent } from '../../../emails/_parts/content/content.ts';
import { notesOf } from '../../../emails/_parts/issue/recap-words.ts';

const WORDS_PER_MINUTE = 220;
const WORDS = new Intl.Segmenter('en', { granularity: 'word' });
/** Words in the labels, figures and links of one tool on the scoreboard or a card. */
const FIGURES_WORDS = 22;
const FRAME_WORDS = 90;

/** Reading time of everything in the mail, in whole minutes, at least one. */
export function readingMinutes(
  lead: ComparisonContent,
  more: readonly ComparisonContent[],
  recap: RecapContent | null,
): number {
  const comparisons = [lead, ...more];
  const texts = [
    ...comparisons.flatMap(({ headline, verdict }) => [headline, verdict]),
    lead.reviewer_split,
    ...(lead.quotes ?? []).flatMap(({ reviewer, tool, text }) => [reviewer, tool, text]),
    ...(recap
      ? [...notesOf(recap), ...recap.tools.map(({ name, community }) => `${name} ${community}`)]
      : []),
  ];
  const words = texts.reduce((sum, text) => sum + countWords(text), 0);
  const tools = comparisons.length * 2;
  return Math.max(1, Math.round((words + tools * FIGURES_WORDS + FRAME_WORDS) / WORDS_PER_MINUTE));
}

/** Counts words as the Unicode segmenter finds them, since not every script separates words by spaces. */
function countWords(text: string): number {
  return [...WORDS.segment(text)].filter(({ isWordLike }) => isWordLike).length;
}
