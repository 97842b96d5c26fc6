import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseQuotes, excerptQuote } from '../../src/issues/write/_telling-quotes.ts';
import { makeTool } from '../support/facts.ts';

const FILLER =
  'The team looked at it for some time and wrote down everything it saw there, line by line, for later.';

test('a quote that fits stays whole; a longer one ends after a sentence and shows that it is cut', () => {
  expect(excerptQuote('It works. I would ship it.')).toBe('It works. I would ship it.');
  expect(excerptQuote(`${FILLER} It ended well. ${FILLER}`)).toBe(`${FILLER} It ended well. …`);
});

test('a quote is cut at its end only, never in front', () => {
  fc.assert(
    fc.property(
      fc.array(fc.lorem({ mode: 'sentences', maxCount: 6 }), { minLength: 1, maxLength: 5 }),
      (parts) => {
        const quote = parts.join(' ');
        const text = excerptQuote(quote);
        expect(quote.startsWith(text.replace(/ ?…$/, ''))).toBe(true);
        expect(text.length).toBeLessThanOrEqual(172);
      },
    ),
  );
});

test('a first sentence that is too long is cut at a word', () => {
  const cut = excerptQuote(`${'word '.repeat(80)}end.`);
  expect(cut).toMatch(/^word .*word…$/);
});

const sidesOf = (a: number, b: number) =>
  chooseQuotes([makeTool('Ant', a), makeTool('Bee', b)]).map(
    ({ verdict, tool, reviewer }) => `${verdict} ${tool} ${reviewer}`,
  );

test('one quote is for and one against; where nobody is against the pick, one is for the other tool', () => {
  expect(sidesOf(3, 1)).toEqual(['ship Ant The Builder', 'skip Ant The Founder']);
  expect(sidesOf(1, 3)).toEqual(['ship Bee The Builder', 'skip Bee The Founder']);
  expect(sidesOf(4, 2)).toEqual(['ship Ant The Builder', 'ship Bee The Skeptic']);
  expect(sidesOf(4, 0)).toEqual(['ship Ant The Builder', 'skip Bee The Skeptic']);
  expect(sidesOf(2, 2)).toEqual(['ship Ant The Builder', 'skip Bee The Futurist']);
  expect(sidesOf(4, 4)).toEqual(['ship Ant The Builder', 'ship Bee The Skeptic']);
  expect(sidesOf(0, 1)).toEqual(['ship Bee The Builder', 'skip Bee The Skeptic']);
  expect(sidesOf(0, 0)).toEqual(['skip Ant The Builder', 'skip Bee The Skeptic']);
});

test('of several quotes the one that says most is chosen, and reservations speak for a skip only', () => {
  const tool = makeTool('Ant', 3);
  const [builder, skeptic, futurist, founder] = tool.reviews.map(({ reviewer_name }) => reviewer_name);
  const quotes = new Map([
    [builder, 'It is a tool for people who like that kind of tool very much.'],
    [skeptic, 'I moved our 40 reports to it in 2 days, and I would ship it again.'],
    [futurist, 'I would ship it, but not yet, and not without a second look, since it still fails.'],
    [founder, 'It is fine.'],
  ]);
  const reviews = tool.reviews.map((review) => ({
    ...review,
    quote: quotes.get(review.reviewer_name) ?? '',
  }));
  expect(chooseQuotes([{ ...tool, reviews }, makeTool('Bee', 0)]).map(({ reviewer }) => reviewer)).toEqual([
    skeptic,
    founder,
  ]);
});
