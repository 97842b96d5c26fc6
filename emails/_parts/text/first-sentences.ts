import { cutSentence, fits } from './columns.ts';

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Width to which a mail shortens quotes; it links to the full texts. */
export const QUOTE_COLUMNS = 170;

/** As many whole sentences as fit; if not even the first fits, it is cut at a word, with an ellipsis. */
export function firstSentences(text: string, maxColumns: number): string {
  const sentences = [...SENTENCES.segment(text)].map((part) => part.segment);
  let result = '';
  for (const sentence of sentences) {
    if (!fits((result + sentence).trim(), maxColumns)) {
      break;
    }
    result += sentence;
  }
  return result.trim() || `${cutSentence(text, maxColumns).replace(/(?:[\s,;:—–-]+\S*)?…$/, '')}…`;
}
