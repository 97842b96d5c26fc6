import type { QuoteContent } from '../../../emails/_parts/content/content.ts';
import { fits } from '../../../emails/_parts/text/columns.ts';
import { firstSentences, QUOTE_COLUMNS } from '../../../emails/_parts/text/first-sentences.ts';
import type { ToolFacts } from '../../comparisons/show/facts.ts';
import type { Verdict } from '../../database/schema.ts';
import { findPanelPick, type Pair } from './_phrases.ts';

/** Words that express a reservation: they explain a skip verdict, and distract from a ship verdict. */
const RESERVATION =
  /\b(?:but|however|only|unless|until|except|instead|not|never|without|still|missed|rough|raw)\b|n[’']t\b/gi;
const RESERVATION_POINTS = { ship: -2, skip: 2 } as const;

/** What makes a quote worth the reader's time. */
const SIGNALS: readonly [RegExp, number][] = [
  // A figure, a price, a time.
  [/\d|[$€£%]/, 2],
  // A recommendation.
  [/\b(?:ship|skip|buy|wait|avoid|worth|recommend|use|switch|pay)\b/i, 2],
  // First person: personal experience.
  [/\b(?:I|we|my|our)\b/, 1],
];
/** For a quote that fits without a cut: it says what its author meant. */
const WHOLE_POINTS = 3;
const SHORT_COLUMNS = 40;
const SHORT_POINTS = -3;

interface Side {
  tool: ToolFacts;
  verdict: Verdict;
}

/** One quote for and one against, if there are both; by two different reviewers if possible. */
export function chooseQuotes(tools: Pair): QuoteContent[] {
  const pick = findPanelPick(tools);
  const [first, second] = pick === tools[1] ? [tools[1], tools[0]] : tools;
  const against: Side[] = pick
    ? [
        { tool: first, verdict: 'skip' },
        { tool: second, verdict: 'ship' },
      ]
    : [
        { tool: second, verdict: 'skip' },
        { tool: first, verdict: 'skip' },
        { tool: second, verdict: 'ship' },
      ];
  const one = chooseQuote([
    { tool: first, verdict: 'ship' },
    ...(pick ? [] : [{ tool: second, verdict: 'ship' as const }]),
    { tool: first, verdict: 'skip' },
  ]);
  const other = chooseQuote([...against, { tool: second, verdict: 'skip' }], one);
  return [one, other].filter((quote) => quote !== undefined);
}

/** The most telling quote of the first side that has one. */
function chooseQuote(sides: readonly Side[], taken?: QuoteContent): QuoteContent | undefined {
  const [quotes] = sides.map(listQuotes).filter((found) => found.length > 0);
  const fresh = (quotes ?? []).filter(({ reviewer }) => reviewer !== taken?.reviewer);
  return (fresh.length > 0 ? fresh : (quotes ?? [])).reduce<QuoteContent | undefined>(
    (best, quote) => (best && pointsOf(best) >= pointsOf(quote) ? best : quote),
    undefined,
  );
}

function listQuotes({ tool, verdict }: Side): QuoteContent[] {
  return tool.reviews
    .filter((review) => review.verdict === verdict)
    .map(({ reviewer_name, quote }) => ({
      reviewer: reviewer_name,
      verdict,
      tool: tool.name,
      text: excerptQuote(quote),
    }));
}

/**
 * The whole quote if it fits into the mail, otherwise its first sentences: a quote is cut only at its end, and shows
 * that it is cut.
 */
export function excerptQuote(quote: string): string {
  const text = quote.trim();
  if (fits(text, QUOTE_COLUMNS)) {
    return text;
  }
  const opening = firstSentences(text, QUOTE_COLUMNS - 2);
  return opening.endsWith('…') ? opening : `${opening} …`;
}

function pointsOf({ text, verdict }: QuoteContent): number {
  const signals = SIGNALS.filter(([signal]) => signal.test(text)).reduce(
    (sum, [, points]) => sum + points,
    0,
  );
  const reservations = text.match(RESERVATION)?.length ?? 0;
  return (
    signals +
    reservations * RESERVATION_POINTS[verdict] +
    (text.endsWith('…') ? 0 : WHOLE_POINTS) +
    (text.length < SHORT_COLUMNS ? SHORT_POINTS : 0)
  );
}
