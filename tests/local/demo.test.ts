import { expect, test } from 'vitest';
import { readPictures } from '../../src/comparisons/parse/read-pictures.ts';
import { validateContent } from '../../src/comparisons/validate/validate-content.ts';
import { demoContent } from '../../src/local/demo/_demo-content.ts';
import { demoReaders } from '../../src/local/demo/_demo-readers.ts';
import { mondayOf } from '../../src/week.ts';

const document = demoContent(mondayOf('2026-W48'));
const content = validateContent(document, { reviewers: [], tools: [] }, await readPictures(document, '.'));

test('the demo has at least 12 comparisons, 20 tools and four reviewers, with quotes of over 300 characters', () => {
  expect(content.comparisons.length).toBeGreaterThanOrEqual(12);
  expect(content.tools.length).toBeGreaterThanOrEqual(20);
  expect(content.reviewers).toHaveLength(4);
  const quotes = content.tools.flatMap((tool) => tool.reviews.map((review) => review.quote));
  expect(Math.min(...quotes.map((quote) => quote.length))).toBeGreaterThan(300);
  expect(new Set(quotes).size).toBe(quotes.length);
});

test('the demo has 500 readers at Resend’s test addresses, some of whom bounce, complain or are suppressed', () => {
  const lines = demoReaders(mondayOf('2026-W48')).slice(1);
  expect(lines).toHaveLength(500);
  expect(new Set(lines).size).toBe(500);
  const kinds = new Set(lines.map((line) => /^(\w+)\+[a-z.]+@resend\.dev,demo,2\d{3}-/.exec(line)?.[1]));
  expect(kinds).toEqual(new Set(['bounced', 'complained', 'delivered', 'suppressed']));
});
