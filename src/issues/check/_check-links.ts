import { DomUtils, parseDocument } from 'htmlparser2';
import { PLACEHOLDERS } from '../render/render.tsx';
import type { Mail } from '../finding/mail.ts';
import type { Finding } from '../finding/finding.ts';
import { listVisibleTexts } from '../finding/visible-text.ts';

/** Of eight comparisons, the most that staff can choose, and a recap. */
const MAX_LINKS = 48;

export function checkLinks(mail: Mail): Finding[] {
  const links = listLinks(mail.html);
  const urls = [...new Set(links.map(({ url }) => url))];
  return [
    ...(urls.length > MAX_LINKS
      ? [
          {
            check: 'links',
            what: `${urls.length} different URLs`,
            fix: `at most ${MAX_LINKS} are allowed, so choose fewer comparisons`,
          },
        ]
      : []),
    ...urls.flatMap((url) => checkUrl(url, mail)),
    ...checkLinkTexts(links),
  ];
}

interface Link {
  url: string;
  text: string;
}

/** Links of the HTML in the order in which they appear, with the texts that screen readers read out. */
export function listLinks(html: string): Link[] {
  const anchors = DomUtils.getElementsByTagName('a', parseDocument(html));
  return anchors.map((anchor) => ({
    url: anchor.attribs.href ?? '',
    text: listVisibleTexts(DomUtils.getInnerHTML(anchor))
      .map(({ text }) => text)
      .join(' '),
  }));
}

function checkUrl(url: string, { text, public_url, comparison_url }: Mail): Finding[] {
  const lines = new Set(text.split('\n').map((line) => line.trim()));
  const rules: [boolean, Finding][] = [
    [!URL.canParse(url), { check: 'links', what: `${url} is not a URL`, fix: 'fix the template' }],
    [
      !isUnder(url, public_url) && !isComparison(url, comparison_url),
      {
        check: 'links',
        what: `${url} points outside ${public_url}`,
        fix: 'link to our own page about it',
      },
    ],
    [
      url.includes('@'),
      {
        check: 'links',
        what: `${url} seems to contain an e-mail address`,
        fix: 'a URL must never contain one',
      },
    ],
    [
      !lines.has(url),
      {
        check: 'text',
        what: `lacks the link ${url} on a line of its own`,
        fix: 'both parts must have the same links',
      },
    ],
  ];
  return rules.flatMap(([isBroken, finding]) => (isBroken ? [finding] : []));
}

function isUnder(url: string, publicUrl: string): boolean {
  return url === publicUrl || url.startsWith(`${publicUrl}/`);
}

function isComparison(url: string, template: string | undefined): boolean {
  const [before, after = ''] = template?.split('{slug}') ?? [];
  return before !== undefined && url.startsWith(before) && url.endsWith(after);
}

/** Screen readers list links by their texts alone (WCAG 2.2, 2.4.4). */
function checkLinkTexts(links: readonly Link[]): Finding[] {
  const linksByText = Map.groupBy(links, ({ text }) => text.toLowerCase());
  return [...linksByText.values()].flatMap((same) => {
    const { text = '' } = same[0] ?? {};
    const isAmbiguous = new Set(same.map(({ url }) => url)).size > 1;
    return text === '' || isAmbiguous
      ? [
          {
            check: 'links',
            what: text === '' ? 'a link has no text' : `“${text}” links to several URLs`,
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
