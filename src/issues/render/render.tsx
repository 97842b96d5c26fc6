import type { IssueContent, IssueLinks, OwnVotes } from '../../../emails/_parts/content/content.ts';
import { weeklyIssueText } from '../../../emails/_parts/issue/weekly-issue-text.ts';
import { imprintOf } from './render-letter.tsx';
import type { Config } from '../../config/config.ts';
import { cleanHtml } from './_clean-html.ts';

/** The parts shared by all copies of an issue; html and text contain placeholders for each reader's tokens. */
export interface Rendering {
  subject: string;
  html: string;
  text: string;
  envelope: MailHeaders;
}

export interface MailHeaders {
  /** The sender of lane 1. */
  from: string;
  /** The senders of the other lanes, by number; absent with one lane, and in renderings of older versions. */
  senders?: Readonly<Record<string, string>>;
  reply_to: string | null;
  public_url: string;
  list_id: string;
  feedback_id: string;
  /** Where the site has its comparisons; absent if ours are the only ones. */
  comparison_url?: string;
  /** Used beside the https link; absent if there is none, and in renderings of older versions. */
  unsubscribe_mailbox?: string;
}

/**
 * Delimited by private-use characters, which imported content must not contain, so that no text of an issue can match
 * one.
 */
export const PLACEHOLDERS = {
  vote: '\uE000vote\uE001',
  preferences: '\uE000preferences\uE001',
  unsubscribe: '\uE000unsubscribe\uE001',
} as const;

/** Placeholder for a reader's own vote on a tool of the recap: both texts that may replace it. */
export interface OwnVotePlaceholder {
  week: string;
  tool_slug: string;
  said: { ship: string; skip: string };
}

const PLACEHOLDER_SEPARATOR = '|';

/** Parses the text between the delimiters of a placeholder; undefined for any other placeholder. */
export function readOwnVotePlaceholder(content: string): OwnVotePlaceholder | undefined {
  const [week = '', tool_slug = '', ship = '', skip] = content.split(PLACEHOLDER_SEPARATOR);
  return skip === undefined ? undefined : { week, tool_slug, said: { ship, skip } };
}

/** Renders the template once for all readers. */
export async function renderIssue(content: IssueContent, config: Config): Promise<Rendering> {
  const links = linksOf(config);
  const imprint = imprintOf(config);
  // Loaded on first use: React Email's components take most of a second to load, and most commands render nothing.
  const { render } = await import('@react-email/render');
  const { default: WeeklyIssue } = await import('../../../emails/weekly-issue.tsx');
  const ownVotes = listOwnVotePlaceholders(content);
  const html = await render(
    <WeeklyIssue content={content} links={links} imprint={imprint} ownVotes={ownVotes} />,
  );
  return {
    subject: content.subject,
    html: cleanHtml(html),
    text: weeklyIssueText({ content, links, imprint, ownVotes }),
    envelope: headersOf(content, config),
  };
}

function listOwnVotePlaceholders({ recap }: IssueContent): OwnVotes {
  return Object.fromEntries(
    (recap?.tools ?? []).map(({ slug, said }) => [
      slug,
      `\uE000${[recap?.week, slug, said.ship, said.skip].join(PLACEHOLDER_SEPARATOR)}\uE001`,
    ]),
  );
}

function linksOf({ publicUrl, comparisonUrl, countsClicks }: Config): IssueLinks {
  // Links to our own pages go through one that counts clicks (src/web/mail-links/counted-link.ts).
  const ours = countsClicks ? `${publicUrl}/to/${PLACEHOLDERS.vote}` : publicUrl;
  return {
    home: publicUrl,
    vote: `${publicUrl}/v/${PLACEHOLDERS.vote}`,
    comparison: (!countsClicks && comparisonUrl) || `${ours}/comparisons/{slug}`,
    pictures: `${publicUrl}/pictures`,
    browser: `${publicUrl}/i/${PLACEHOLDERS.vote}`,
    archive: `${ours}/issues`,
    issue: `${publicUrl}/issues`,
    results: `${ours}/results`,
    preferences: `${publicUrl}/preferences/${PLACEHOLDERS.preferences}`,
    unsubscribe: `${publicUrl}/unsubscribe/${PLACEHOLDERS.unsubscribe}`,
  };
}

function headersOf(content: IssueContent, config: Config): MailHeaders {
  const domain = /@([^<>@\s]+)>?$/.exec(config.mailFrom)?.[1] ?? 'localhost';
  return {
    from: config.mailFrom,
    ...(config.furtherLanes.length > 0
      ? { senders: Object.fromEntries(config.furtherLanes.map((lane) => [lane.number, lane.mailFrom])) }
      : {}),
    reply_to: config.mailReplyTo ?? null,
    public_url: config.publicUrl,
    list_id: `Weekly AI Tool Verdicts <weekly-verdicts.${domain}>`,
    // Feedback-ID has no per-person part (Gmail feedback loop): campaign:customer:mail type:sender, the last of 5 to 15
    // characters.
    feedback_id: `${content.week}:${domain}:newsletter:weekly-verdicts`,
    ...(config.comparisonUrl ? { comparison_url: config.comparisonUrl } : {}),
    ...(config.unsubscribeMailbox ? { unsubscribe_mailbox: config.unsubscribeMailbox } : {}),
  };
}
