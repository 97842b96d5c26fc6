import type {
  ComparisonContent,
  Imprint,
  IssueContent,
  IssueLinks,
  OwnVotes,
  RecapContent,
  ToolContent,
} from '../content/content.ts';
import { DESCRIPTION_COLUMNS, firstSentences } from '../text/first-sentences.ts';
import { contentsOf, voteNote } from './opening-words.ts';
import { notesOf, openingOf } from './recap-words.ts';
import { wrap } from '../text/wrap.ts';

interface TextProps {
  content: IssueContent;
  links: IssueLinks;
  imprint: Imprint;
  ownVotes: OwnVotes;
}

/** The text part: 72 columns, every URL on a line of its own, with every number and link of the HTML part. */
export function weeklyIssueText({ content, links, imprint, ownVotes }: TextProps): string {
  const panel = imprint.panel_label || 'panel';
  const sections = [
    masthead(content, links),
    leadSection(content.lead, voteNote(content), links, panel, imprint),
    content.recap ? recapSection(content.recap, links, panel, ownVotes) : '',
    content.more.length > 0 ? title('ALSO COMPARED THIS WEEK') : '',
    ...content.more.map((comparison) => shortSection(comparison, links, panel, imprint)),
    footer(links, imprint),
  ];
  return `${sections.filter(Boolean).join('\n\n\n')}\n`;
}

function masthead(content: IssueContent, links: IssueLinks): string {
  return [
    'WEEKLY AI TOOL VERDICTS',
    `Issue ${content.number} · Week of ${content.date} · ${content.minutes} min`,
    '',
    'Read this issue in your browser:',
    links.browser,
    ...[content.recap ? openingOf(content.recap) : undefined, contentsOf(content)].flatMap((line) =>
      line ? ['', wrap(line)] : [],
    ),
  ].join('\n');
}

function leadSection(
  lead: ComparisonContent,
  note: string,
  links: IssueLinks,
  panel: string,
  imprint: Imprint,
): string {
  return [
    title(lead.headline),
    '',
    wrap(labelled(lead.verdict, imprint)),
    '',
    wrap(`${lead.pick} (${panel})`),
    '',
    ...lead.tools.map((tool) => `${figures(tool, panel)}\n`),
    wrap(note),
    '',
    wrap(lead.reviewer_split),
    '',
    ...lead.tools.map((tool) => `${toolSection(tool, links, panel)}\n`),
    wrap(`Read every word the panel said on ${lead.headline}:`),
    `${links.comparisons}/${lead.slug}`,
  ].join('\n');
}

function figures(tool: ToolContent, panel: string): string {
  return [
    wrap(tool.name),
    `  ${panel}: ${tool.panel.percent}% ship (${tool.panel.ship} of ${tool.panel.of})`,
    `  Community: ${tool.community}`,
    wrap(`Entry price: ${tool.entry_price}${tool.price_note ? `, ${tool.price_note}` : ''}`, '  '),
    `  Category: ${tool.category}`,
  ].join('\n');
}

function toolSection(tool: ToolContent, links: IssueLinks, panel: string): string {
  const reviews = tool.reviews.map((review) =>
    wrap(
      `[${review.verdict === 'ship' ? 'Ship' : 'Skip'}] ${review.reviewer} (${panel}): “${review.telling}”`,
      '  ',
    ),
  );
  return [
    wrap(`${tool.name}: ${tool.tagline}`),
    '',
    wrap(firstSentences(tool.description, DESCRIPTION_COLUMNS)),
    '',
    reviews.join('\n\n'),
    '',
    votes(tool, links),
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

function shortSection(
  comparison: ComparisonContent,
  links: IssueLinks,
  panel: string,
  imprint: Imprint,
): string {
  return [
    wrap(comparison.headline),
    '',
    wrap(labelled(comparison.verdict, imprint)),
    '',
    ...comparison.tools.map((tool) => `${figures(tool, panel)}\n${votes(tool, links)}\n`),
    wrap(`Read ${comparison.headline} in full:`),
    `${links.comparisons}/${comparison.slug}`,
  ].join('\n');
}

function recapSection(recap: RecapContent, links: IssueLinks, panel: string, ownVotes: OwnVotes): string {
  return [
    title(`HOW YOU VOTED ${recap.when.toUpperCase()}`),
    '',
    ...notesOf(recap).map((note) => `${wrap(note)}\n`),
    ...recap.tools.flatMap(({ slug, name, community, panel: split }) => [
      wrap(`- ${name}: readers ${community} · ${panel} ${split}`),
      `  ${ownVotes[slug] ?? ''}`.trimEnd(),
    ]),
    'See the whole result:',
    `${links.results}/${recap.week}`,
  ].join('\n');
}

function footer(links: IssueLinks, imprint: Imprint): string {
  return [
    '--------',
    wrap(
      'You get this because you asked for Weekly AI Tool Verdicts and confirmed it. It comes once a week.',
    ),
    imprint.panel_label
      ? wrap(
          `Figures and quotes marked “${imprint.panel_label}” come from AI personas, each with one lens; readers’ votes are counted separately.`,
        )
      : '',
    '',
    'Change your preferences:',
    links.preferences,
    'Unsubscribe with one click:',
    links.unsubscribe,
    'Earlier issues:',
    links.archive,
    '',
    wrap(imprint.postal_address),
  ].join('\n');
}

function labelled(verdict: string, { panel_label }: Imprint): string {
  return panel_label ? `${panel_label}: ${verdict}` : verdict;
}

function title(text: string): string {
  return `${wrap(text)}\n${'='.repeat(Math.min(72, Array.from(text).length))}`;
}
