import type { Finding } from './finding.ts';
import type { Mail } from './_mail.ts';
import { listVisibleTexts } from './_visible-text.ts';

const PLACEHOLDER = /\uE000[^\uE001]*\uE001/g;
const NUMBER = /\d+(?:[.,]\d+)*%?/g;

/** Both parts must tell the same: every number of the HTML stands in the text part too. */
export function checkNumbers({ html, text }: Pick<Mail, 'html' | 'text'>): Finding[] {
  const words = text
    .split('\n')
    .filter((line) => !/^\s*https?:/.test(line))
    .join('\n');
  const told = new Set(numbersOf(words));
  const shown = listVisibleTexts(html).flatMap((piece) => numbersOf(piece.text));
  return [...new Set(shown)]
    .filter((number) => !told.has(number))
    .map((number) => ({
      check: 'text',
      what: `lacks the number ${number}`,
      mend: 'both parts must tell the same',
    }));
}

function numbersOf(text: string): string[] {
  return text.replaceAll(PLACEHOLDER, '').match(NUMBER) ?? [];
}
