import { Feed } from 'feed';
import { renderToStaticMarkup } from 'react-dom/server';
import type { ComparisonContent, IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Context } from '../../context.ts';
import { listClosedIssues } from '../../issues/results/list-closed.ts';
import { withResult } from '../../issues/results/with-result.ts';
import { ComparisonTable, PickLine, Scorecard, VerdictWords } from './comparison-view.tsx';
import { listSentIssues } from './home-page.tsx';
import type { PageContext } from '../layout/page.tsx';

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

/** The latest issues with their full text as an Atom feed (RFC 4287). */
export async function atomFeed(c: PageContext) {
  const { publicUrl, postalAddress } = c.get('context').config;
  const entries = await listEntries(c.get('context'));
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
    feedLinks: { atom: `${publicUrl}/feed.atom`, json: `${publicUrl}/feed.json` },
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
  return c.body(feed.atom1(), 200, { 'Content-Type': 'application/atom+xml; charset=utf-8' });
}

/** The same entries as a JSON Feed 1.1 (jsonfeed.org). */
export async function jsonFeed(c: PageContext) {
  const { publicUrl } = c.get('context').config;
  const entries = await listEntries(c.get('context'));
  const feed = {
    version: 'https://jsonfeed.org/version/1.1',
    title: TITLE,
    description: DESCRIPTION,
    home_page_url: `${publicUrl}/`,
    feed_url: `${publicUrl}/feed.json`,
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

async function listEntries(context: Context): Promise<Entry[]> {
  const { publicUrl, panelLabel } = context.config;
  const issues = (await listSentIssues(context)).slice(0, MAX_ENTRIES);
  const closed = new Map(
    (await listClosedIssues(context.db, undefined, MAX_ENTRIES)).map((issue) => [issue.week, issue]),
  );
  return issues.map(({ week, content, prepared_at }) => {
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
}

function lastUpdateOf(entries: readonly Entry[]): Date | undefined {
  return entries.map(({ updated_at }) => updated_at).toSorted((a, b) => b.getTime() - a.getTime())[0];
}

function escapeText(text: string): string {
  return renderToStaticMarkup(<>{text}</>);
}

function FullText({ content, panelLabel }: { content: IssueContent; panelLabel: string }) {
  return [content.lead, ...content.more].map((comparison) => (
    <ComparisonArticle key={comparison.slug} comparison={comparison} panelLabel={panelLabel} />
  ));
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
