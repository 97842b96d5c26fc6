import type {
  ComparisonContent,
  Imprint,
  IssueContent,
  IssueLinks,
  OwnVotes,
  RecapContent,
  ToolContent,
} from '../content/content.ts';
import { reasonOf, shareOf, SIGN_UP } from '../frame/footer-words.ts';
import {
  invitation,
  hasNoFigures,
  LEFT_OUT_LINKS,
  leftOutNote,
  NO_FIGURE,
  voteNote,
} from './opening-words.ts';
import { pickLine } from './pick-line.ts';
import { countReviews } from './reasons.tsx';
import { notesOf } from './recap-words.ts';
import { wrap } from '../text/wrap.ts';

interface TextProps {
  content: IssueContent;
  links: IssueLinks;
  imprint: Imprint;
  ownVotes: OwnVotes;
}

/** The text part: 72 columns, every URL on a line of its own, with every number and link of the HTML part. */
export function weeklyIssueText({ content, links, imprint, ownVotes }: TextProps): string {
  const panel = nameOfPanel(imprint.panel_label);
  const sections = [
    masthead(content, links),
    content.introduction ? wrap(content.introduction) : '',
    leadSection(content, links, imprint.panel_label),
    reasonsSection(content.lead, links, panel),
    content.more.length > 0 ? title('ALSO COMPARED') : '',
    ...content.more.map((comparison) => shortSection(comparison, links, panel)),
    leftOutSection(content, links),
    content.recap ? recapSection(content.recap, links, panel, ownVotes) : '',
    footer(links, imprint),
  ];
  return `${sections.filter(Boolean).join('\n\n\n')}\n`;
}

/** Operators may leave the label empty. */
function nameOfPanel(label: string): string {
  return label || 'panel';
}

function masthead(content: IssueContent, links: IssueLinks): string {
  return [
    'WEEKLY AI TOOL VERDICTS',
    `Issue ${content.number} · ${content.date} · ${content.minutes} min`,
    '',
    'View online:',
    links.browser,
  ].join('\n');
}

function leadSection(content: IssueContent, links: IssueLinks, panelLabel: string): string {
  const { lead } = content;
  const panel = nameOfPanel(panelLabel);
  return [
    title(lead.headline),
    '',
    wrap(pickLine(lead, panelLabel)),
    '',
    wrap(lead.verdict),
    '',
    ...lead.tools.map((tool) => `${figures(tool, panel)}\n${votes(tool, links)}\n`),
    ...(hasNoFigures(lead) ? [wrap(`${invitation(content)}.`), ''] : []),
    wrap(voteNote(content)),
  ].join('\n');
}

function figures(tool: ToolContent, panel: string): string {
  return [
    wrap(tool.name),
    `  ${panel}: ${tool.panel.ship} of ${tool.panel.of} would ship it`,
    ...(tool.community === NO_FIGURE ? [] : [`  Readers: ${tool.community}`]),
    wrap(`Price: ${tool.entry_price}${tool.price_note ? `, ${tool.price_note}` : ''}`, '  '),
  ].join('\n');
}

function reasonsSection(lead: ComparisonContent, links: IssueLinks, panel: string): string {
  return [
    title('WHY'),
    '',
    wrap(lead.reviewer_split),
    '',
    ...(lead.quotes ?? []).map(
      ({ reviewer, verdict, tool, text }) =>
        `${wrap(`[${verdict === 'ship' ? 'Ship' : 'Skip'}] ${reviewer} on ${tool} (${panel}): “${text}”`)}\n`,
    ),
    wrap(`All ${countReviews(lead)} reviews of ${lead.headline}:`),
    links.comparison.replace('{slug}', lead.slug),
  ].join('\n');
}

function votes(tool: ToolContent, links: IssueLinks): string {
  return [
    `Ship ${tool.name}:`,
    `${links.vote}/${tool.slug}/ship`,
    `Skip ${tool.name}:`,
    `${links.vote}/${tool.slug}/skip`,
  ].join('\n');
}

function shortSection(comparison: ComparisonContent, links: IssueLinks, panel: string): string {
  return [
    wrap(comparison.headline),
    '',
    wrap(comparison.verdict),
    '',
    ...comparison.tools.map((tool) => `${figures(tool, panel)}\n${votes(tool, links)}\n`),
    wrap(`More on ${comparison.headline}:`),
    links.comparison.replace('{slug}', comparison.slug),
  ].join('\n');
}

function leftOutSection(content: IssueContent, links: IssueLinks): string {
  const note = leftOutNote(content);
  return note
    ? [
        wrap(note),
        `${LEFT_OUT_LINKS.all}:`,
        `${links.issue}/${content.week}`,
        `${LEFT_OUT_LINKS.choose}:`,
        links.preferences,
      ].join('\n')
    : '';
}

function recapSection(recap: RecapContent, links: IssueLinks, panel: string, ownVotes: OwnVotes): string {
  return [
    title(`HOW READERS VOTED ${recap.when.toUpperCase()}`),
    '',
    ...notesOf(recap).map((note) => `${wrap(note)}\n`),
    ...recap.tools.flatMap(({ slug, name, community, panel: split, is_ahead }) => [
      wrap(`- ${name}: readers: ${community} · ${panel}: ${split}${is_ahead ? ' · readers’ pick' : ''}`),
      `  ${ownVotes[slug] ?? ''}`.trimEnd(),
    ]),
    'Full results:',
    `${links.results}/${recap.week}`,
  ].join('\n');
}

function footer(links: IssueLinks, imprint: Imprint): string {
  return [
    '--------',
    wrap(shareOf(imprint)),
    `${SIGN_UP}:`,
    links.home,
    '',
    wrap(reasonOf(imprint)),
    '',
    'Change your preferences:',
    links.preferences,
    'Unsubscribe:',
    links.unsubscribe,
    'Earlier issues:',
    links.archive,
    '',
    wrap(imprint.postal_address),
  ].join('\n');
}

function title(text: string): string {
  return `${wrap(text)}\n${'='.repeat(Math.min(72, Array.from(text).length))}`;
}
