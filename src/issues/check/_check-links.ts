import { DomUtils, parseDocument } from 'htmlparser2';
import { PLACEHOLDERS } from '../render/render.tsx';
import type { Mail } from './_mail.ts';
import type { Finding } from './finding.ts';

const MAX_LINKS = 40;

export function checkLinks(mail: Mail): Finding[] {
  const links = listLinks(mail.html);
  const addresses = [...new Set(links.map(({ address }) => address))];
  return [
    ...(addresses.length > MAX_LINKS
      ? [
          {
            check: 'links',
            what: `${addresses.length} different addresses`,
            fix: `at most ${MAX_LINKS} are allowed, so choose fewer comparisons`,
          },
        ]
      : []),
    ...addresses.flatMap((address) => checkAddress(address, mail)),
    ...checkLinkTexts(links),
  ];
}

interface Link {
  address: string;
  text: string;
}

/** Links of the HTML in the order in which they appear. */
export function listLinks(html: string): Link[] {
  const anchors = DomUtils.getElementsByTagName('a', parseDocument(html));
  return anchors.map((anchor) => ({
    address: anchor.attribs.href ?? '',
    text: DomUtils.textContent(anchor).replaceAll(/\s+/g, ' ').trim(),
  }));
}

function checkAddress(address: string, { text, public_url }: Mail): Finding[] {
  const lines = new Set(text.split('\n').map((line) => line.trim()));
  const rules: [boolean, Finding][] = [
    [!URL.canParse(address), { check: 'links', what: `${address} is not a URL`, fix: 'fix the template' }],
    [
      !isUnder(address, public_url),
      {
        check: 'links',
        what: `${address} points outside ${public_url}`,
        fix: 'link to our own page about it',
      },
    ],
    [
      address.includes('@'),
      {
        check: 'links',
        what: `${address} seems to contain an e-mail address`,
        fix: 'a URL must never contain one',
      },
    ],
    [
      !lines.has(address),
      {
        check: 'text',
        what: `lacks the link ${address} on a line of its own`,
        fix: 'both parts must have the same links',
      },
    ],
  ];
  return rules.flatMap(([isBroken, finding]) => (isBroken ? [finding] : []));
}

function isUnder(address: string, publicUrl: string): boolean {
  return address === publicUrl || address.startsWith(`${publicUrl}/`);
}

/** Screen readers list links by their texts alone (WCAG 2.2, 2.4.4). */
function checkLinkTexts(links: readonly Link[]): Finding[] {
  const addressesOf = Map.groupBy(links, ({ text }) => text.toLowerCase());
  return [...addressesOf.values()].flatMap((same) => {
    const { text = '' } = same[0] ?? {};
    const isAmbiguous = new Set(same.map(({ address }) => address)).size > 1;
    return text === '' || isAmbiguous
      ? [
          {
            check: 'links',
            what: text === '' ? 'a link has no text' : `“${text}” links to several addresses`,
            fix: 'make each link text say where it leads',
          },
        ]
      : [];
  });
}

/** Checks the links that every reader's copy of an issue must have. */
export function checkPlaceholders({ html, text }: Pick<Mail, 'html' | 'text'>): Finding[] {
  const needed = [PLACEHOLDERS.unsubscribe, PLACEHOLDERS.preferences, PLACEHOLDERS.vote];
  return needed
    .filter((placeholder) => !html.includes(placeholder) || !text.includes(placeholder))
    .map((placeholder) => ({
      check: 'links',
      what: `the ${placeholder.slice(1, -1)} link is missing`,
      fix: 'fix the template',
    }));
}
