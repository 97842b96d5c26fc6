import { fits } from '../../../emails/_parts/text/columns.ts';
import { firstSentences, QUOTE_COLUMNS } from '../../../emails/_parts/text/first-sentences.ts';
import type { Verdict } from '../../database/schema.ts';

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** A limit is what a skip is about, and beside the point of a ship. */
const LIMIT =
  /\b(?:but|however|only|unless|until|except|instead|not|never|without|still|missed|rough|raw)\b|n[’']t\b/i;
const LIMIT_POINTS = { ship: -3, skip: 5 } as const;

/** What makes a sentence of a review tell something to whoever reads nothing else, and what makes it lean on another. */
const SIGNS: readonly [RegExp, number][] = [
  // A figure, a price, a time.
  [/\d|[$€£%]/, 2],
  // What to do about it.
  [/\b(?:ship|skip|buy|wait|avoid|worth|recommend|use|switch|pay)\b/i, 2],
  // Somebody stands behind it.
  [/\b(?:I|we|my|our)\b/, 1],
  // Begun by the sentence before.
  [/^(?:it|this|that|these|those|they|he|she|and|but|so|also|which|then|there|here)\b/i, -3],
];
const SHORT_COLUMNS = 40;

interface Piece {
  text: string;
  points: number;
}

/**
 * The most telling sentences of a quote that fit into the mail, whole and in a row; from the middle, they open with an
 * ellipsis. The quote itself when it fits, and its first words when no sentence does.
 */
export function excerptQuote(quote: string, verdict: Verdict): string {
  if (fits(quote, QUOTE_COLUMNS)) {
    return quote;
  }
  const sentences = [...SENTENCES.segment(quote)].map(({ segment }) => segment.trim()).filter(Boolean);
  const pieces = sentences.flatMap((_, start) => piecesFrom(sentences, start, verdict));
  const best = pieces.reduce<Piece | undefined>(
    (best, piece) => (best && best.points >= piece.points ? best : piece),
    undefined,
  );
  return best?.text ?? firstSentences(quote, QUOTE_COLUMNS);
}

/** One sentence, two, … as long as they fit. */
function piecesFrom(sentences: readonly string[], start: number, verdict: Verdict): Piece[] {
  const pieces: Piece[] = [];
  for (let end = start + 1; end <= sentences.length; end++) {
    const text = `${start > 0 ? '… ' : ''}${sentences.slice(start, end).join(' ')}`;
    if (!fits(text, QUOTE_COLUMNS)) {
      break;
    }
    pieces.push({ text, points: pointsOf(sentences.slice(start, end), start, verdict) });
  }
  return pieces;
}

/** Of the sentence that opens it above all; what follows may lean on it. */
function pointsOf(sentences: readonly string[], start: number, verdict: Verdict): number {
  const [opening = '', ...rest] = sentences;
  const limits = sentences.filter((sentence) => LIMIT.test(sentence)).length;
  const length = sentences.join(' ').length;
  return (
    signsOf(opening, true) +
    rest.reduce((sum, text) => sum + signsOf(text, false), 0) +
    limits * LIMIT_POINTS[verdict] +
    (start === 0 ? 2 : 0) -
    (length < SHORT_COLUMNS ? 3 : 0)
  );
}

function signsOf(text: string, isOpening: boolean): number {
  return SIGNS.filter(([sign, points]) => sign.test(text) && (isOpening || points > 0)).reduce(
    (sum, [, points]) => sum + points,
    0,
  );
}
