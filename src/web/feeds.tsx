import { Feed } from 'feed';
import { renderToStaticMarkup } from 'react-dom/server';
import type { ComparisonContent, IssueContent } from '../../emails/_parts/content.ts';
import type { Context } from '../context.ts';
import type { Issue } from '../issues/issue.ts';
import { ComparisonTable, PickLine, Scorecard, VerdictWords } from './comparison-view.tsx';
import { listSentIssues } from './home-page.tsx';
import type { PageContext } from './page.tsx';

const SHOWN = 20;

/** The last issues with their full text, for feed readers (RFC 4287). */
export async function atomFeed(c: PageContext) {
  const feed = await makeFeed(c.get('context'));
  return c.body(feed.atom1(), 200, { 'Content-Type': 'application/atom+xml; charset=utf-8' });
}

/** The same as a JSON Feed 1.1. */
export async function jsonFeed(c: PageContext) {
  const feed = await makeFeed(c.get('context'));
  return c.body(feed.json1(), 200, { 'Content-Type': 'application/feed+json; charset=utf-8' });
}

async function makeFeed(context: Context): Promise<Feed> {
  const { publicUrl, panelLabel } = context.config;
  const issues = (await listSentIssues(context)).slice(0, SHOWN);
  const feed = new Feed({
    id: `${publicUrl}/`,
    link: `${publicUrl}/`,
    title: 'Weekly AI Tool Verdicts',
    description:
      'Two AI tools side by side every week: the panel’s verdict, the price, and the readers’ votes.',
    language: 'en',
    favicon: `${publicUrl}/favicon.svg`,
    copyright: context.config.postalAddress,
    updated: issues[0]?.prepared_at ?? context.installation.created_at,
    feedLinks: { atom: `${publicUrl}/feed.atom`, json: `${publicUrl}/feed.json` },
  });
  for (const issue of issues) {
    feed.addItem(itemOf(issue, publicUrl, panelLabel));
  }
  return feed;
}

function itemOf({ week, content, prepared_at }: Issue, publicUrl: string, panelLabel: string) {
  const url = `${publicUrl}/issues/${week}`;
  return {
    id: url,
    link: url,
    title: content.lead.headline,
    description: content.preheader,
    content: renderToStaticMarkup(<FullText content={content} panelLabel={panelLabel} />),
    date: prepared_at ?? new Date(0),
  };
}

function FullText({ content, panelLabel }: { content: IssueContent; panelLabel: string }) {
  return [content.lead, ...content.more].map((comparison) => (
    <Compared key={comparison.slug} comparison={comparison} panelLabel={panelLabel} />
  ));
}

function Compared({ comparison, panelLabel }: { comparison: ComparisonContent; panelLabel: string }) {
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
