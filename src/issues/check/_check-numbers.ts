import type { Finding } from '../finding/finding.ts';
import { listLinks } from './_check-links.ts';
import type { Mail } from '../finding/mail.ts';
import { listVisibleTexts } from '../finding/visible-text.ts';

const PLACEHOLDER = /\uE000[^\uE001]*\uE001/g;
const NUMBER = /\d+(?:[.,]\d+)*%?/g;

/** Every number in the HTML part must also be in the text part, besides those of its links. */
export function checkNumbers({ html, text }: Pick<Mail, 'html' | 'text'>): Finding[] {
  const links = new Set(listLinks(html).map(({ url }) => url));
  // A line that begins with a URL may be a reviewer's: only lines that are links of the mail are left out.
  const words = text
    .split('\n')
    .filter((line) => !links.has(line.trim()))
    .join('\n');
  const inText = new Set(numbersOf(words));
  const shown = listVisibleTexts(html).flatMap((piece) => numbersOf(piece.text));
  return [...new Set(shown)]
    .filter((number) => !inText.has(number))
    .map((number) => ({
      check: 'text',
      what: `lacks the number ${number}`,
      fix: 'both parts must have the same numbers',
    }));
}

function numbersOf(text: string): string[] {
  return text.replaceAll(PLACEHOLDER, '').match(NUMBER) ?? [];
}
