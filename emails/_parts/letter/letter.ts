import type { ComparisonBrief, Imprint } from '../content/content.ts';
import { firstSentences } from '../text/first-sentences.ts';
import { wrap } from '../text/wrap.ts';

/** Any mail other than an issue, rendered as HTML by `LetterMail` and as text by `letterText`. */
export interface Letter {
  subject: string;
  preheader: string;
  heading: string;
  blocks: Block[];
  /** Why the recipient gets this mail. */
  reason: string;
  /** Links in the footer, such as unsubscribe. */
  links: NamedLink[];
  imprint: Imprint;
}

/** A paragraph, or one of these. */
export type Block =
  | string
  | { kind: 'heading'; text: string }
  | { kind: 'button'; link: NamedLink }
  | { kind: 'link'; link: NamedLink }
  | { kind: 'figures'; caption: string; rows: [string, string][] }
  | { kind: 'comparison'; comparison: ComparisonBrief };

export interface NamedLink {
  text: string;
  url: string;
}

/** Label of the panel's figures: the configured one, or "Panel". */
export function panelName({ panel_label }: Imprint): string {
  return panel_label || 'Panel';
}

/** The panel within a sentence: "an AI panel", or "a panel of reviewers". */
export function panelPhrase({ panel_label }: Imprint): string {
  return panel_label
    ? `${/^[aeiou]/i.test(panel_label) ? 'an' : 'a'} ${panel_label}`
    : 'a panel of reviewers';
}

/** Note on AI personas; empty unless the letter contains figures of a labelled panel. */
export function panelNote({ blocks, imprint: { panel_label } }: Letter): string {
  const hasPanel = blocks.some((block) => typeof block !== 'string' && block.kind === 'comparison');
  return panel_label && hasPanel
    ? `Our reviewers, marked “${panel_label}”, are AI personas. Readers’ votes are counted separately.`
    : '';
}

const PREHEADER_COLUMNS = 110;

/** The beginning of a text, as long as a preheader may be. */
export function preheaderOf(text: string): string {
  return firstSentences(text, PREHEADER_COLUMNS);
}

/** The text part: 72 columns, every URL on a line of its own. */
export function letterText(letter: Letter): string {
  const { heading, blocks, reason, links, imprint } = letter;
  const note = panelNote(letter);
  const sections = [
    'WEEKLY AI TOOL VERDICTS',
    underline(heading, '='),
    ...blocks.map((block) => blockText(block, imprint)),
    '--------',
    wrap(reason),
    ...(note ? [wrap(note)] : []),
    ...links.map(linkText),
    wrap(imprint.postal_address),
  ];
  return `${sections.join('\n\n')}\n`;
}

function blockText(block: Block, imprint: Imprint): string {
  if (typeof block === 'string') {
    return wrap(block);
  }
  switch (block.kind) {
    case 'heading':
      return underline(block.text, '-');
    case 'button':
    case 'link':
      return linkText(block.link);
    case 'figures':
      return [
        wrap(`${block.caption}:`),
        ...block.rows.map(([label, value]) => wrap(`${label}: ${value}`, '  ')),
      ].join('\n');
    case 'comparison':
      return comparisonText(block.comparison, imprint);
  }
}

function comparisonText({ headline, pick, url, tools }: ComparisonBrief, imprint: Imprint): string {
  return [
    wrap(headline),
    wrap(`${pick} (${panelName(imprint)})`),
    ...tools.flatMap(({ name, panel, community }) => [
      wrap(name, '  '),
      `    ${panelName(imprint)}: ${panel}`,
      `    Readers: ${community}`,
    ]),
    linkText({ text: `Read ${headline}`, url }),
  ].join('\n');
}

function linkText({ text, url }: NamedLink): string {
  return `${wrap(`${text}:`)}\n${url}`;
}

function underline(text: string, line: string): string {
  return `${wrap(text)}\n${line.repeat(Math.min(72, Array.from(text).length))}`;
}
