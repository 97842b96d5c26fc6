import { countClick } from '../../issues/results/clicks.ts';
import { isOutage, reportOutage } from '../../database/outage.ts';
import { comparisonHref } from '../../links/comparison-url.ts';
import { verifyVoteToken } from '../../links/tokens.ts';
import type { PageContext } from '../layout/page.tsx';

/**
 * Leads from a mail to one of our own pages, or to the site's comparison, and counts the click. Where it leads is in its path, below ours, so that it leads
 * nowhere else; only signed links lead on, and they do when nothing can be counted.
 */
export async function countedLink(c: PageContext) {
  const context = c.get('context');
  const ids = verifyVoteToken(context.linkKeys, c.req.param('token') ?? '');
  if (!ids) {
    return c.notFound();
  }
  const { slug, week } = c.req.param() as { slug?: string; week?: string };
  const [folder, name] = slug ? ['comparisons', slug] : week ? ['results', week] : ['issues'];
  // A name with a slash stays one: it leads nowhere else.
  const link = name === undefined ? folder : `${folder}/${encodeURIComponent(name)}`;
  const isNavigation = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate';
  try {
    await countClick(context, ids, link, isNavigation);
  } catch (error) {
    if (!isOutage(error)) {
      throw error;
    }
    reportOutage(context.log, error, 'a click could not be counted');
  }
  return c.redirect(slug ? comparisonHref(context.config, slug) : `/${link}`, 302);
}
