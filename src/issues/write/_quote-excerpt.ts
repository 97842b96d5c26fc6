import { fits } from '../../../emails/_parts/text/columns.ts';
import { firstSentences, QUOTE_COLUMNS } from '../../../emails/_parts/text/first-sentences.ts';
import type { Verdict } from '../../database/schema.ts';

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Words of a reservation: they explain a skip verdict, and distract from a ship verdict. */
const RESERVATION =
  /\b(?:but|however|only|unless|until|except|instead|not|never|without|still|missed|rough|raw)\b|n[’']t\b/i;
const RESERVATION_POINTS = { ship: -3, skip: 5 } as const;

/** Signals that a sentence of a review says something on its own (points), or depends on another sentence (penalty). */
const SIGNALS: readonly [RegExp, number][] = [
  // A figure, a price, a time.
  [/\d|[$€£%]/, 2],
  // A recommendation.
  [/\b(?:ship|skip|buy|wait|avoid|worth|recommend|use|switch|pay)\b/i, 2],
  // First person: personal experience.
  [/\b(?:I|we|my|our)\b/, 1],
  // Refers back to the previous sentence.
  [/^(?:it|this|that|these|those|they|he|she|and|but|so|also|which|then|there|here)\b/i, -3],
];
const SHORT_COLUMNS = 40;

interface Excerpt {
  text: string;
  points: number;
}

/**
 * The most informative consecutive whole sentences of a quote that fit into the mail, with a leading ellipsis if they do
 * not start the quote. Returns the whole quote if it fits, and its first words if no sentence does.
 */
export function excerptQuote(quote: string, verdict: Verdict): string {
  if (fits(quote, QUOTE_COLUMNS)) {
    return quote;
  }
  const sentences = [...SENTENCES.segment(quote)].map(({ segment }) => segment.trim()).filter(Boolean);
  const excerpts = sentences.flatMap((_, start) => excerptsFrom(sentences, start, verdict));
  const best = excerpts.reduce<Excerpt | undefined>(
    (best, excerpt) => (best && best.points >= excerpt.points ? best : excerpt),
    undefined,
  );
  return best?.text ?? firstSentences(quote, QUOTE_COLUMNS);
}

/** Excerpts of one sentence, two sentences, … from `start`, as long as they fit. */
function excerptsFrom(sentences: readonly string[], start: number, verdict: Verdict): Excerpt[] {
  const excerpts: Excerpt[] = [];
  for (let end = start + 1; end <= sentences.length; end++) {
    const text = `${start > 0 ? '… ' : ''}${sentences.slice(start, end).join(' ')}`;
    if (!fits(text, QUOTE_COLUMNS)) {
      break;
    }
    excerpts.push({ text, points: pointsOf(sentences.slice(start, end), start, verdict) });
  }
  return excerpts;
}

/** Penalties for dependent sentences apply only to the first one; the others may refer back to it. */
function pointsOf(sentences: readonly string[], start: number, verdict: Verdict): number {
  const [opening = '', ...rest] = sentences;
  const reservations = sentences.filter((sentence) => RESERVATION.test(sentence)).length;
  const length = sentences.join(' ').length;
  return (
    signalPoints(opening, true) +
    rest.reduce((sum, text) => sum + signalPoints(text, false), 0) +
    reservations * RESERVATION_POINTS[verdict] +
    (start === 0 ? 2 : 0) -
    (length < SHORT_COLUMNS ? 3 : 0)
  );
}

function signalPoints(text: string, isOpening: boolean): number {
  return SIGNALS.filter(([signal, points]) => signal.test(text) && (isOpening || points > 0)).reduce(
    (sum, [, points]) => sum + points,
    0,
  );
}
