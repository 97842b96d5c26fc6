import { columnsOf, cutSentence, fits } from './columns.ts';

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Width to which a mail shortens quotes; it links to the full texts. */
export const QUOTE_COLUMNS = 170;
const MAX_DROPPED_COLUMNS = 24;

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
  return result.trim() || `${cutAtWord(cutSentence(text, maxColumns).replace(/…$/, ''))}…`;
}

const UNSEPARATED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Drops the last word, which may have been cut. Where words are not separated, as in Chinese, that would be too much. */
function cutAtWord(text: string): string {
  const whole = text.replace(/[\s,;:—–-]+\S*$/, '');
  const dropped = text.slice(whole.length);
  const isRun =
    columnsOf(dropped) > MAX_DROPPED_COLUMNS && UNSEPARATED.test(dropped) && !dropped.includes('://');
  return isRun ? text : whole;
}
