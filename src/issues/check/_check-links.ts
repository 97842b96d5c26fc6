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
            what: String(addresses.length),
            mend: `at most ${MAX_LINKS}, so choose fewer comparisons`,
          },
        ]
      : []),
    ...addresses.flatMap((address) => checkAddress(address, mail)),
    ...checkNames(links),
  ];
}

interface Link {
  address: string;
  text: string;
}

/** Of the HTML, as a reader meets them. */
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
    [!URL.canParse(address), { check: 'links', what: `${address} is no address`, mend: 'mend the template' }],
    [
      !isUnder(address, public_url),
      {
        check: 'links',
        what: `${address} leads away from ${public_url}`,
        mend: 'link to the page of ours about it',
      },
    ],
    [
      address.includes('@'),
      {
        check: 'links',
        what: `${address} seems to hold an e-mail address`,
        mend: 'a URL must never hold one',
      },
    ],
    [
      !lines.has(address),
      {
        check: 'text',
        what: `lacks the link ${address} on a line of its own`,
        mend: 'both parts must lead to the same places',
      },
    ],
  ];
  return rules.flatMap(([isBroken, finding]) => (isBroken ? [finding] : []));
}

function isUnder(address: string, publicUrl: string): boolean {
  return address === publicUrl || address.startsWith(`${publicUrl}/`);
}

/** Read aloud in a list, links are their texts alone (WCAG 2.2, 2.4.4). */
function checkNames(links: readonly Link[]): Finding[] {
  const addressesOf = Map.groupBy(links, ({ text }) => text.toLowerCase());
  return [...addressesOf.values()].flatMap((same) => {
    const { text = '' } = same[0] ?? {};
    const isAmbiguous = new Set(same.map(({ address }) => address)).size > 1;
    return text === '' || isAmbiguous
      ? [
          {
            check: 'links',
            what: text === '' ? 'one has no text' : `“${text}” leads to several places`,
            mend: 'say in each where it leads',
          },
        ]
      : [];
  });
}

/** What every reader's copy of an issue must have. */
export function checkPlaceholders({ html, text }: Pick<Mail, 'html' | 'text'>): Finding[] {
  const needed = [PLACEHOLDERS.unsubscribe, PLACEHOLDERS.preferences, PLACEHOLDERS.vote];
  return needed
    .filter((placeholder) => !html.includes(placeholder) || !text.includes(placeholder))
    .map((placeholder) => ({
      check: 'links',
      what: `the ${placeholder.slice(1, -1)} link is missing`,
      mend: 'mend the template',
    }));
}
