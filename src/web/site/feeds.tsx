import { renderToStaticMarkup } from 'react-dom/server';
import type { ComparisonContent, IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Context } from '../../context.ts';
import { listClosedIssues } from '../../issues/results/list-closed.ts';
import { withResult } from '../../issues/results/with-result.ts';
import { ComparisonTable, PickLine, Scorecard, VerdictWords } from './comparison-view.tsx';
import { listSentIssues } from '../../issues/record/issue.ts';
import { readBefore } from '../layout/earlier.tsx';
import type { PageContext } from '../layout/page.tsx';
import type { Week } from '../../week.ts';

const MAX_ENTRIES = 20;
const TITLE = 'Weekly AI Tool Verdicts';
const DESCRIPTION =
  'Two AI tools side by side every week: the panel’s verdict, the price, and the readers’ votes.';
const LANGUAGE = 'en';

interface Entry {
  url: string;
  title: string;
  summary: string;
  html: string;
  published_at: Date;
  /** When the votes were frozen; until then, the publication time. */
  updated_at: Date;
}

/** The latest issues with their full text as an Atom feed (RFC 4287); older ones on further pages (RFC 5005, section 3). */
export async function atomFeed(c: PageContext) {
  const { publicUrl, postalAddress } = c.get('context').config;
  const before = readBefore(c);
  const { entries, older } = await listEntries(c.get('context'), before);
  const { Feed } = await import('feed');
  const feed = new Feed({
    id: `${publicUrl}/`,
    link: `${publicUrl}/`,
    title: TITLE,
    description: DESCRIPTION,
    language: LANGUAGE,
    favicon: `${publicUrl}/favicon.svg`,
    copyright: postalAddress,
    author: { name: TITLE, link: `${publicUrl}/` },
    updated: lastUpdateOf(entries) ?? c.get('context').installation.created_at,
    feedLinks: { atom: feedUrl(publicUrl, 'atom', before), json: feedUrl(publicUrl, 'json', before) },
  });
  for (const { url, title, summary, html, published_at, updated_at } of entries) {
    // The feed library declares titles and summaries as HTML.
    const escaped = { title: escapeText(title), description: escapeText(summary) };
    feed.addItem({
      id: url,
      link: url,
      ...escaped,
      content: html,
      date: updated_at,
      published: published_at,
    });
  }
  setLastModified(c, entries);
  const atom = older ? withNextLink(feed.atom1(), feedUrl(publicUrl, 'atom', older)) : feed.atom1();
  return c.body(atom, 200, { 'Content-Type': 'application/atom+xml; charset=utf-8' });
}

/** The same entries as a JSON Feed 1.1 (jsonfeed.org). */
export async function jsonFeed(c: PageContext) {
  const { publicUrl } = c.get('context').config;
  const before = readBefore(c);
  const { entries, older } = await listEntries(c.get('context'), before);
  setLastModified(c, entries);
  const feed = {
    version: 'https://jsonfeed.org/version/1.1',
    title: TITLE,
    description: DESCRIPTION,
    home_page_url: `${publicUrl}/`,
    feed_url: feedUrl(publicUrl, 'json', before),
    ...(older ? { next_url: feedUrl(publicUrl, 'json', older) } : {}),
    favicon: `${publicUrl}/favicon.svg`,
    language: LANGUAGE,
    authors: [{ name: TITLE, url: `${publicUrl}/` }],
    items: entries.map(({ url, title, summary, html, published_at, updated_at }) => ({
      id: url,
      url,
      title,
      summary,
      content_html: html,
      date_published: published_at.toISOString(),
      date_modified: updated_at.toISOString(),
    })),
  };
  return c.body(JSON.stringify(feed), 200, { 'Content-Type': 'application/feed+json; charset=utf-8' });
}

/** `before` is the week before which the page ends; undefined for the newest page. */
function feedUrl(publicUrl: string, format: 'atom' | 'json', before: Week | undefined): string {
  return `${publicUrl}/feed.${format}${before ? `?before=${before}` : ''}`;
}

/** The library has no option for it. */
function withNextLink(atom: string, url: string): string {
  return atom.replace('<link rel="self"', `<link rel="next" href="${url}"/>\n    <link rel="self"`);
}

/** One page of entries, and the week before which the next page ends, if there is one. */
async function listEntries(
  { config: { publicUrl, panelLabel }, db }: Context,
  before: Week | undefined,
): Promise<{ entries: Entry[]; older: Week | undefined }> {
  const found = await listSentIssues(db, MAX_ENTRIES + 1, before);
  const issues = found.slice(0, MAX_ENTRIES);
  const closed = new Map(
    (await listClosedIssues(db, before, MAX_ENTRIES)).map((issue) => [issue.week, issue]),
  );
  const entries = issues.map(({ week, content, prepared_at }) => {
    const { tallies, frozen_at } = closed.get(week) ?? {};
    const shown = withResult(content, tallies ?? new Map());
    const published_at = prepared_at ?? new Date(0);
    return {
      url: `${publicUrl}/issues/${week}`,
      title: content.lead.headline,
      summary: content.preheader,
      html: renderToStaticMarkup(<FullText content={shown} panelLabel={panelLabel} />),
      published_at,
      updated_at: frozen_at ?? published_at,
    };
  });
  return { entries, older: found.length > MAX_ENTRIES ? issues.at(-1)?.week : undefined };
}

function setLastModified(c: PageContext, entries: readonly Entry[]): void {
  const at = lastUpdateOf(entries);
  if (at) {
    c.header('Last-Modified', at.toUTCString());
  }
}

function lastUpdateOf(entries: readonly Entry[]): Date | undefined {
  return entries.map(({ updated_at }) => updated_at).toSorted((a, b) => b.getTime() - a.getTime())[0];
}

function escapeText(text: string): string {
  return renderToStaticMarkup(<>{text}</>);
}

function FullText({ content, panelLabel }: { content: IssueContent; panelLabel: string }) {
  return (
    <>
      {content.introduction ? <p>{content.introduction}</p> : null}
      {[content.lead, ...content.more].map((comparison) => (
        <ComparisonArticle key={comparison.slug} comparison={comparison} panelLabel={panelLabel} />
      ))}
    </>
  );
}

function ComparisonArticle({
  comparison,
  panelLabel,
}: {
  comparison: ComparisonContent;
  panelLabel: string;
}) {
  return (
    <article>
      <h2>{comparison.headline}</h2>
      <p>{comparison.question}</p>
      <VerdictWords comparison={comparison} panelLabel={panelLabel} />
      <PickLine comparison={comparison} panelLabel={panelLabel} />
      <ComparisonTable comparison={comparison} panelLabel={panelLabel} />
      <p>{comparison.pricing_read}</p>
      <p>{comparison.reviewer_split}</p>
      <Scorecard comparison={comparison} panelLabel={panelLabel} />
    </article>
  );
}
