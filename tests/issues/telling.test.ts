import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from '../../emails/_parts/columns.ts';
import { tellingSentences } from '../../src/issues/telling.ts';

const FILLER =
  'The makers have been at it for a while and have a good many things to say about themselves in general.';

test('a quote that fits stays whole', () => {
  expect(tellingSentences('It works. I would ship it.')).toBe('It works. I would ship it.');
});

test('of a long quote the sentences that tell something are taken, and marked as from its middle', () => {
  const verdict = 'I would ship it at $20 a seat, but not without a second pair of eyes on its quotes.';
  expect(tellingSentences(`${FILLER} ${FILLER} ${verdict} ${FILLER}`)).toBe(`… ${verdict}`);
});

test('a sentence that leans on the one before does not stand alone', () => {
  const leaning = 'It saves us 3 hours a week and we would not go back.';
  const before = 'Our support team lives in the summary view.';
  expect(tellingSentences(`${FILLER} ${before} ${leaning} ${FILLER}`)).toContain(before);
});

test('the first sentences win where nothing tells more', () => {
  expect(tellingSentences(Array.from({ length: 5 }, () => FILLER).join(' '))).toBe(FILLER);
});

test('a single sentence that is too long is cut at a word', () => {
  const cut = tellingSentences(`${'word '.repeat(80)}end.`);
  expect(cut).toMatch(/ word…$/);
  expect(columnsOf(cut)).toBeLessThanOrEqual(170);
});

test('whatever the quote, what is shown stands in it and fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 600 }), (quote) => {
      const shown = tellingSentences(quote);
      expect(columnsOf(shown)).toBeLessThanOrEqual(170);
      const told = shown.replace(/^… /, '').replace(/…$/, '').replaceAll(/\s+/g, '');
      expect(quote.replaceAll(/\s+/g, '')).toContain(told);
    }),
  );
});
