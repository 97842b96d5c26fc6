import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from '../../emails/_parts/text/columns.ts';
import { excerptQuote } from '../../src/issues/write/_quote-excerpt.ts';

const FILLER =
  'The makers have been at it for a while and have a good many things to say about themselves in general.';

test('a quote that fits is not shortened', () => {
  expect(excerptQuote('It works. I would ship it.', 'ship')).toBe('It works. I would ship it.');
});

test('from a long quote the most informative sentences are chosen, with an ellipsis for what was left out', () => {
  const verdict = 'I would skip it at $20 a seat, since half of its quotes point nowhere.';
  expect(excerptQuote(`${FILLER} ${FILLER} ${verdict} ${FILLER}`, 'skip')).toBe(`… ${verdict}`);
});

test('a sentence that depends on the previous one is not shown alone', () => {
  const leaning = 'It saves us 3 hours a week and we pay for it gladly.';
  const before = 'Our support team lives in the summary view.';
  expect(excerptQuote(`${FILLER} ${before} ${leaning} ${FILLER}`, 'ship')).toContain(before);
});

test('a reservation is not shown for a ship, but is for a skip', () => {
  const praise = 'We ship with it at 12 sites and pay for it every month.';
  const doubt = 'I only missed a way to raise its limit of 12 files, but never found one.';
  const quote = `${praise} ${FILLER} ${doubt}`;
  expect(excerptQuote(quote, 'ship')).toContain(praise);
  expect(excerptQuote(quote, 'ship')).not.toContain(doubt);
  expect(excerptQuote(quote, 'skip')).toBe(`… ${doubt}`);
});

test('the first sentences win when no sentence is more informative', () => {
  expect(excerptQuote(Array.from({ length: 5 }, () => FILLER).join(' '), 'ship')).toBe(FILLER);
});

test('a single sentence that is too long is cut at a word boundary', () => {
  const cut = excerptQuote(`${'word '.repeat(80)}end.`, 'skip');
  expect(cut).toMatch(/ word…$/);
  expect(columnsOf(cut)).toBeLessThanOrEqual(170);
});

test('for any quote, the excerpt is part of it and fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 600 }), (quote) => {
      const shown = excerptQuote(quote, 'ship');
      expect(columnsOf(shown)).toBeLessThanOrEqual(170);
      const excerpt = shown.replace(/^… /, '').replace(/…$/, '').replaceAll(/\s+/g, '');
      expect(quote.replaceAll(/\s+/g, '')).toContain(excerpt);
    }),
  );
});
