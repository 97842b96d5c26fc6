import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from '../../emails/_parts/text/columns.ts';
import { excerptQuote } from '../../src/issues/write/_quote-excerpt.ts';

const FILLER =
  'The makers have been at it for a while and have a good many things to say about themselves in general.';

test('a quote that fits stays whole', () => {
  expect(excerptQuote('It works. I would ship it.', 'ship')).toBe('It works. I would ship it.');
});

test('of a long quote the sentences that tell something are taken, and marked as from its middle', () => {
  const verdict = 'I would skip it at $20 a seat, since half of its quotes point nowhere.';
  expect(excerptQuote(`${FILLER} ${FILLER} ${verdict} ${FILLER}`, 'skip')).toBe(`… ${verdict}`);
});

test('a sentence that leans on the one before does not stand alone', () => {
  const leaning = 'It saves us 3 hours a week and we pay for it gladly.';
  const before = 'Our support team lives in the summary view.';
  expect(excerptQuote(`${FILLER} ${before} ${leaning} ${FILLER}`, 'ship')).toContain(before);
});

test('a ship is not told by its reservation, a skip is', () => {
  const praise = 'We ship with it at 12 sites and pay for it every month.';
  const doubt = 'I only missed a way to raise its limit of 12 files, but never found one.';
  const quote = `${praise} ${FILLER} ${doubt}`;
  expect(excerptQuote(quote, 'ship')).toContain(praise);
  expect(excerptQuote(quote, 'ship')).not.toContain(doubt);
  expect(excerptQuote(quote, 'skip')).toBe(`… ${doubt}`);
});

test('the first sentences win where nothing tells more', () => {
  expect(excerptQuote(Array.from({ length: 5 }, () => FILLER).join(' '), 'ship')).toBe(FILLER);
});

test('a single sentence that is too long is cut at a word', () => {
  const cut = excerptQuote(`${'word '.repeat(80)}end.`, 'skip');
  expect(cut).toMatch(/ word…$/);
  expect(columnsOf(cut)).toBeLessThanOrEqual(170);
});

test('whatever the quote, what is shown stands in it and fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 600 }), (quote) => {
      const shown = excerptQuote(quote, 'ship');
      expect(columnsOf(shown)).toBeLessThanOrEqual(170);
      const told = shown.replace(/^… /, '').replace(/…$/, '').replaceAll(/\s+/g, '');
      expect(quote.replaceAll(/\s+/g, '')).toContain(told);
    }),
  );
});
