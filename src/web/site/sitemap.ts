import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { hasBothTools } from '../../comparisons/show/facts.ts';
import { listClosedIssues } from '../../issues/results/list-closed.ts';
import type { PageContext } from '../layout/page.tsx';

/** The most that sitemaps.org allows in one file. Beyond it the last comparisons are left out. */
const MAX_URLS = 50_000;

/** Every public page; none of them contains personal data. */
export async function sitemap(c: PageContext) {
  const { config, db, now } = c.get('context');
  const issues = await db
    .selectFrom('issues')
    .select('week')
    .where('prepared_at', 'is not', null)
    .orderBy('week', 'desc')
    .execute();
  const comparisons = await db
    .selectFrom('comparisons')
    .select('slug')
    .where('published_at', '<=', now())
    .where(hasBothTools)
    // Comparisons that were paired for an issue have pages too.
    .union(
      db
        .selectFrom('issue_comparisons')
        .innerJoin('issues', 'issues.id', 'issue_id')
        .select('comparison_slug as slug')
        .where('prepared_at', 'is not', null),
    )
    .orderBy('slug')
    .execute();
  const results = await listClosedIssues(db, undefined, MAX_URLS);
  const paths = [
    '/',
    '/issues',
    '/comparisons',
    '/results',
    ...issues.map(({ week }) => `/issues/${week}`),
    ...results.flatMap(({ week, content }) =>
      [`/results/${week}`].concat(
        [content.lead, ...content.more].map(({ slug }) => `/results/${week}/${slug}`),
      ),
    ),
    // Comparisons on the site's own pages are listed in the site's own sitemap.
    ...(config.comparisonUrl ? [] : comparisons.map(({ slug }) => `/comparisons/${slug}`)),
  ];
  const urls = paths
    .slice(0, MAX_URLS)
    .map((path) => createElement('url', { key: path }, createElement('loc', null, config.publicUrl + path)));
  const set = createElement('urlset', { xmlns: 'http://www.sitemaps.org/schemas/sitemap/0.9' }, urls);
  return c.body(`<?xml version="1.0" encoding="UTF-8"?>\n${renderToStaticMarkup(set)}`, 200, {
    'Content-Type': 'application/xml; charset=utf-8',
  });
}

/** Excludes personal and staff pages from indexing (RFC 9309). */
export function robots(c: PageContext) {
  const disallowed = [
    '/v/',
    '/i/',
    '/to/',
    '/confirm/',
    '/unsubscribe/',
    '/preferences/',
    '/address/',
    '/stay/',
    '/studio',
    '/outbox',
  ];
  const lines = ['User-agent: *', ...disallowed.map((path) => `Disallow: ${path}`)];
  return c.text(`${lines.join('\n')}\n\nSitemap: ${c.get('context').config.publicUrl}/sitemap.xml\n`);
}
