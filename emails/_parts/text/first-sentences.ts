import { cutSentence, fits } from './columns.ts';

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** What a mail shows of them; the whole is a link away. */
export const DESCRIPTION_COLUMNS = 400;
export const QUOTE_COLUMNS = 170;

/** As many whole sentences as fit; a first sentence that is longer itself is cut at a word, with an ellipsis. */
export function firstSentences(text: string, maxColumns: number): string {
  const sentences = [...SENTENCES.segment(text)].map((part) => part.segment);
  let taken = '';
  for (const sentence of sentences) {
    if (!fits((taken + sentence).trim(), maxColumns)) {
      break;
    }
    taken += sentence;
  }
  return taken.trim() || `${cutSentence(text, maxColumns).replace(/(?:[\s,;:—–-]+\S*)?…$/, '')}…`;
}
